// Package clients holds no code of its own: its tests run public clients of Adobe's identity service, unmodified,
// against the emulator. Those for Node.js come from the npm registry, pinned by package-lock.json; scripts/test-setup
// installs them. A test whose client or runtime is not on the machine is left out and says what is missing.
package clients
