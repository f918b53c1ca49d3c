// Leads every connection of a Node.js program that is meant for Adobe's identity service to an emulator on this machine.
// For clients whose host is fixed. Nothing in the program or in the client changes:
//
//   imsx emulator --dir adobe --host ims-na1.adobelogin.com --host ims-na1-stg1.adobelogin.com &
//   export NODE_EXTRA_CA_CERTS=adobe/ca.pem IMSX_EMULATOR_DIR=adobe
//   node --require ./adobe-is-local.cjs program.js
//
// The program still asks for https://ims-na1.adobelogin.com, and checks the certificate for that name: that is why the
// emulator must have been started with it. A name that the emulator does not carry is a TLS error, never a request to
// Adobe.
'use strict'

const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')

const dir = process.env.IMSX_EMULATOR_DIR
if (!dir) {
  throw new Error('IMSX_EMULATOR_DIR must name the folder of the emulator, the one with emulator.json')
}
const emulator = new URL(JSON.parse(fs.readFileSync(path.join(dir, 'emulator.json'), 'utf8')).ims_url)

function isAdobe (host) {
  return typeof host === 'string' && /(^|\.)(adobelogin\.com|adobe\.io)$/i.test(host)
}

// Every connection of net, tls, http, https and fetch begins here; the arguments are either those of net.connect or
// what it has made of them, a list that holds the options first.
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...args) {
  const list = Array.isArray(args[0]) ? args[0] : args
  const options = list[0]
  if (options !== null && typeof options === 'object' && isAdobe(options.host)) {
    list[0] = { ...options, host: emulator.hostname, port: emulator.port }
  }
  return connect.apply(this, args)
}
