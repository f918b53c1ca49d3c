// Exchanges AEM service credentials for an access token, with nothing but Node.js 20 or later:
//
//   node token.mjs service_token.json
//
// It works with the file that Adobe hands out as with that of the emulator. For the latter, trust its authority:
//
//   NODE_EXTRA_CA_CERTS=adobe/ca.pem node token.mjs adobe/service_token.json
import { createSign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { argv, exit, stderr } from 'node:process'

const { integration } = JSON.parse(await readFile(argv[2], 'utf8'))
const { clientId, clientSecret } = integration.technicalAccount
const ims = integration.imsEndpoint.includes('://') ? integration.imsEndpoint : `https://${integration.imsEndpoint}`

// The assertion is a JSON Web Token, signed with the account's key (RFC 7515, RS256).
function assertion () {
  const claims = {
    exp: Math.floor(Date.now() / 1000) + 300,
    iss: integration.org,
    sub: integration.id,
    aud: `${ims}/c/${clientId}`
  }
  for (const metascope of integration.metascopes.split(',')) {
    claims[`${ims}/s/${metascope}`] = true
  }
  const part = value => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(integration.privateKey, 'base64url')}`
}

async function call (path, request) {
  const response = await fetch(ims + path, request)
  const body = await response.json()
  if (!response.ok) {
    stderr.write(`IMS answers ${response.status}: ${body.error}: ${body.error_description}\n`)
    exit(1)
  }
  return body
}

const token = await call('/ims/exchange/jwt', {
  method: 'POST',
  body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, jwt_token: assertion() })
})
const profile = await call('/ims/profile/v1', { headers: { Authorization: `Bearer ${token.access_token}` } })
console.log(`a token for ${profile.userId}, good for ${Math.round(token.expires_in / 60000)} minutes`)
