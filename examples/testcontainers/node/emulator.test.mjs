// Starts the emulator in a container by testcontainers for Node.js (22 or later). Build its image first:
//
//   docker build -t imsx https://github.com/imsx/imsx.git
//   npm install --save-dev testcontainers
//   node --test emulator.test.mjs
import assert from 'node:assert/strict'
import { request } from 'node:https'
import { buffer, json } from 'node:stream/consumers'
import { test } from 'node:test'
import { GenericContainer, Wait } from 'testcontainers'

// read returns the content of a file in the container, which comes as an archive that holds this one file.
async function read (container, path) {
  const archive = await buffer(await container.copyArchiveFromContainer(path))
  const size = parseInt(archive.toString('latin1', 124, 136), 8)
  return archive.subarray(512, 512 + size)
}

async function startAdobe () {
  const container = await new GenericContainer('imsx')
    .withCommand(['emulator', '--dir', '/adobe', '--listen', '0.0.0.0:8443'])
    .withExposedPorts(8443)
    .withWaitStrategy(Wait.forLogMessage(/emulator ready at /))
    .start()
  return {
    container,
    url: `https://127.0.0.1:${container.getMappedPort(8443)}`,
    ca: await read(container, '/adobe/ca.pem'),
    // Its imsEndpoint is the one inside the container: use url.
    serviceToken: JSON.parse(await read(container, '/adobe/service_token.json'))
  }
}

test('the emulator answers', async () => {
  const { container, url, ca } = await startAdobe()
  try {
    const response = await new Promise((resolve, reject) => {
      request(`${url}/ims/.well-known/openid-configuration`, { ca }, resolve).on('error', reject).end()
    })
    assert.equal(response.statusCode, 200)
    assert.ok((await json(response)).issuer)
  } finally {
    await container.stop()
  }
})
