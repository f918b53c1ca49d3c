// Package redistest starts real Redis servers for tests, where there are any: not on Windows.
package redistest
