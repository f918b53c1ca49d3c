// Package examples holds no code of its own: its tests run the examples in this folder against an emulator, each where
// what it needs is on the machine.
package examples
