// The calls of @adobe/aio-lib-ims: node aio-lib-ims.cjs ENVIRONMENT CALL OAUTH_SERVER_TO_SERVER [CODE]
'use strict'

const { Ims, getTokenData } = require('@adobe/aio-lib-ims')
const { readJSON, run } = require('./report.cjs')

const [, , environment, call, file, code] = process.argv
const credentials = readJSON(file)
const ims = new Ims(environment)
const id = credentials.CLIENT_ID
const secret = credentials.CLIENT_SECRETS[0]

async function clientCredentials () {
  const answer = await ims.getAccessTokenByClientCredentials(id, secret, credentials.ORG_ID, credentials.SCOPES)
  return { token: answer.access_token.token, expiry: answer.access_token.expiry, expires_in: answer.payload.expires_in }
}

const calls = {
  clientCredentials,

  // The whole life of a token.
  async life () {
    const { token } = await clientCredentials()
    const before = await ims.validateToken(token)
    const listed = await ims.validateTokenAllowList(token, [id])
    const organizations = await ims.getOrganizations(token)
    const invalidated = await ims.invalidateToken(token, id, secret)
    const after = await ims.validateToken(token)
    return { before, listed, organizations, invalidated, after }
  },

  // A token in which somebody has written.
  async forged () {
    const { token } = await clientCredentials()
    const [head, , signature] = token.split('.')
    const claims = { ...getTokenData(token), scope: 'everything' }
    const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
    return ims.validateToken(forged)
  },

  // The client finds the environment by the token's claim "as".
  async fromToken () {
    const { token } = await clientCredentials()
    const found = await Ims.fromToken(token)
    return { env: found.ims.env, profile: await found.ims.get('/ims/profile/v1', token) }
  },

  // Where a person signs in.
  async signInAddress () {
    return { url: ims.getSusiUrl(id, credentials.SCOPES.join(' '), 'https://localhost/back', 'a state') }
  },

  // What the code of a sign-in is worth: tokens, others for the refresh token, and their end.
  async signedIn () {
    const first = await ims.getAccessToken(code, id, secret, 'openid')
    const second = await ims.getAccessToken(first.refresh_token.token, id, secret, 'openid')
    const before = await ims.validateToken(second.access_token.token)
    await ims.invalidateToken(second.refresh_token.token, id, secret)
    const after = await ims.validateToken(second.access_token.token)
    return {
      first: first.access_token.token,
      second: second.access_token.token,
      refresh_days: (second.refresh_token.expiry - Date.now()) / 86400000,
      before,
      after
    }
  },

  async unknownCode () {
    const claims = { type: 'authorization_code', id: 'nobody has issued this' }
    const part = value => Buffer.from(JSON.stringify(value)).toString('base64url')
    return ims.getAccessToken([part({ alg: 'RS256' }), part(claims), 'c2ln'].join('.'), id, secret, 'openid')
  }
}

run(calls[call])
