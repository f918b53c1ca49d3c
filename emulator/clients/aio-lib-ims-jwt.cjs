// Gets a token by a context of @adobe/aio-lib-ims, for which @adobe/aio-lib-ims-jwt signs the assertion:
// node aio-lib-ims-jwt.cjs ENVIRONMENT SERVICE_TOKEN
'use strict'

const { context, getToken, invalidateToken, Ims } = require('@adobe/aio-lib-ims')
const plugin = require('@adobe/aio-lib-ims-jwt')
const { readJSON, run } = require('./report.cjs')

const [, , env, file] = process.argv

run(async () => {
  const { integration } = readJSON(file)
  const config = {
    env,
    client_id: integration.technicalAccount.clientId,
    client_secret: integration.technicalAccount.clientSecret,
    technical_account_id: integration.id,
    ims_org_id: integration.org,
    meta_scopes: integration.metascopes.split(','),
    private_key: integration.privateKey
  }
  await context.set('emulated', config)
  const token = await getToken('emulated')
  const again = await getToken('emulated') // from the client's own store
  await invalidateToken('emulated', false)
  const direct = await plugin.imsLogin(new Ims(env), config)
  return {
    token,
    kept: token === again,
    ended: await new Ims(env).validateToken(token),
    direct: direct.access_token.token,
    expires_in: direct.payload.expires_in
  }
})
