package credentials

// Format names a shape in which credentials are written. The names are stable: programs may compare them.
type Format string

// The formats that [Parse] and [FromEnviron] know.
const (
	// FormatAEMServiceCredentials is the JSON of a technical account, downloaded from the AEM Developer Console.
	FormatAEMServiceCredentials Format = "aem-service-credentials"
	// FormatAEMLocalDevelopmentToken is the JSON of a local development token of the AEM Developer Console.
	FormatAEMLocalDevelopmentToken Format = "aem-local-development-token"
	// FormatDeveloperConsoleProject is the project or workspace download of the Adobe Developer Console.
	FormatDeveloperConsoleProject Format = "developer-console-project"
	// FormatOAuthServerToServer is the JSON with upper-case names of an OAuth server-to-server credential.
	FormatOAuthServerToServer Format = "oauth-server-to-server"
	// FormatAIOConfig is the config.json with lower-case names that plugins of the aio command line ask for.
	FormatAIOConfig Format = "aio-config"
	// FormatAIOContext is the IMS contexts in the configuration of the aio command line.
	FormatAIOContext Format = "aio-context"
	// FormatIMSCLI is the configuration or environment of imscli, and the field names of ims-go.
	FormatIMSCLI Format = "imscli"
	// FormatJWTAuth is the configuration object of the JavaScript package jwt-auth.
	FormatJWTAuth Format = "jwt-auth"
	// FormatAIOJava is the properties of aio-lib-java.
	FormatAIOJava Format = "aio-java"
	// FormatPDFServices is the credentials JSON of Acrobat Services (PDF Services).
	FormatPDFServices Format = "pdf-services"
	// FormatPostmanEnvironment is a Postman environment from the Adobe Developer Console.
	FormatPostmanEnvironment Format = "postman-environment"
	// FormatEnvironment is a set of environment variables or the lines of an .env file.
	FormatEnvironment Format = "environment"
)

const (
	aemConsole   = "AEM Developer Console"
	adobeConsole = "Adobe Developer Console"
)

var formatTexts = map[Format]struct{ title, console string }{
	FormatAEMServiceCredentials:    {"AEM service credentials", aemConsole},
	FormatAEMLocalDevelopmentToken: {"AEM local development token", aemConsole},
	FormatDeveloperConsoleProject:  {"Adobe Developer Console project", adobeConsole},
	FormatOAuthServerToServer:      {"OAuth server-to-server credential", adobeConsole},
	FormatAIOConfig:                {"aio config.json", adobeConsole},
	FormatAIOContext:               {"aio IMS context", ""},
	FormatIMSCLI:                   {"imscli configuration", ""},
	FormatJWTAuth:                  {"jwt-auth configuration", ""},
	FormatAIOJava:                  {"aio-lib-java properties", ""},
	FormatPDFServices:              {"PDF Services credentials", adobeConsole},
	FormatPostmanEnvironment:       {"Postman environment", adobeConsole},
	FormatEnvironment:              {"environment variables", ""},
}

// Title returns what people call the format, or the name itself if it is not one of the constants.
func (f Format) Title() string {
	if t, ok := formatTexts[f]; ok {
		return t.title
	}
	return string(f)
}

// Console returns the name of the console that hands this format out, or "" if people write it themselves.
func (f Format) Console() string { return formatTexts[f].console }
