// Imsx gets access tokens for AEM as a Cloud Service and other Adobe APIs: see "imsx help".
package main

import "github.com/imsx/imsx/internal/cli"

// version is set by the linker for releases.
var version = "devel"

func main() { cli.Main(version) }
