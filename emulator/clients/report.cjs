// What the programs in this folder share: they print one JSON value, the result or the error as the client reports it.
'use strict'

const fs = require('node:fs')

function readJSON (file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'))
}

async function run (program) {
  let report
  try {
    report = { result: await program() }
  } catch (e) {
    report = { error: { name: e.name, code: e.code ?? '', message: e.message } }
  }
  process.stdout.write(JSON.stringify(report) + '\n')
}

module.exports = { readJSON, run }
