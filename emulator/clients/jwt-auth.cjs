// Gets a token with @adobe/jwt-auth: node jwt-auth.cjs SERVICE_TOKEN
'use strict'

const authorize = require('@adobe/jwt-auth')
const { readJSON, run } = require('./report.cjs')

run(async () => {
  const { integration } = readJSON(process.argv[2])
  const answer = await authorize({
    clientId: integration.technicalAccount.clientId,
    clientSecret: integration.technicalAccount.clientSecret,
    technicalAccountId: integration.id,
    orgId: integration.org,
    metaScopes: integration.metascopes.split(','),
    privateKey: integration.privateKey
  })
  return { token: answer.access_token, token_type: answer.token_type, expires_in: answer.expires_in }
})
