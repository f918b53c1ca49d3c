package credentials

// The formats with named fields. Spellings were collected from what the consoles hand out and from what the clients
// read.
var (
	shapeAEM = &shape{
		format:   FormatAEMServiceCredentials,
		clientID: []string{"technicalAccount.clientId"}, secrets: []string{"technicalAccount.clientSecret"},
		org: []string{"org"}, account: []string{"id"}, email: []string{"email"},
		metascopes: []string{"metascopes"}, key: []string{"privateKey"}, cert: []string{"publicKey"},
		certEnd: []string{"certificateExpirationDate"}, endpoint: []string{"imsEndpoint"},
	}
	shapeLocalToken = &shape{format: FormatAEMLocalDevelopmentToken, token: []string{"accessToken"}}

	shapeProjectOAuth = &shape{
		format:   FormatDeveloperConsoleProject,
		clientID: []string{"client_id"}, secrets: []string{"client_secrets", "client_secret"},
		org: []string{"org_id"}, account: []string{"technical_account_id"}, email: []string{"technical_account_email"},
		scopes: []string{"scopes"},
	}
	shapeProjectJWT = &shape{
		format:   FormatDeveloperConsoleProject,
		clientID: []string{"client_id"}, secrets: []string{"client_secret"},
		org: []string{"org_id"}, account: []string{"technical_account_id"}, email: []string{"technical_account_email"},
		metascopes: []string{"meta_scopes"}, key: []string{"private_key"},
	}
	shapeUpperCase = &shape{
		format:   FormatOAuthServerToServer,
		clientID: []string{"CLIENT_ID", "API_KEY"}, secrets: []string{"CLIENT_SECRETS", "CLIENT_SECRET"},
		org: []string{"ORG_ID", "IMS_ORG_ID", "IMS_ORG"}, account: []string{"TECHNICAL_ACCOUNT_ID"},
		email: []string{"TECHNICAL_ACCOUNT_EMAIL"}, scopes: []string{"SCOPES"},
		metascopes: []string{"META_SCOPES", "META_SCOPE"}, key: []string{"PRIVATE_KEY"},
		passphrase: []string{"PASSPHRASE"}, endpoint: []string{"IMS"}, token: []string{"ACCESS_TOKEN"},
	}
	shapePostman = withFormat(shapeUpperCase, FormatPostmanEnvironment)
	shapeContext = &shape{
		format:   FormatAIOContext,
		clientID: []string{"client_id", "jwt_client_id"},
		secrets:  []string{"client_secrets", "client_secret", "jwt_client_secret"},
		org:      []string{"ims_org_id", "org_id"}, account: []string{"technical_account_id"},
		email: []string{"technical_account_email"}, metascopes: []string{"meta_scopes"}, scopes: []string{"scopes"},
		key: []string{"private_key"}, passphrase: []string{"passphrase"}, endpoint: []string{"env"},
		token: []string{"access_token.token", "access_token"},
	}
	shapeConfig  = withFormat(shapeContext, FormatAIOConfig)
	shapeJWTAuth = &shape{
		format:   FormatJWTAuth,
		clientID: []string{"clientId"}, secrets: []string{"clientSecret"}, org: []string{"orgId"},
		account: []string{"technicalAccountId"}, metascopes: []string{"metaScopes"}, key: []string{"privateKey"},
		passphrase: []string{"passphrase"}, endpoint: []string{"ims"},
	}
	shapeIMSCLI = &shape{
		format: FormatIMSCLI, fold: true,
		clientID: []string{"clientid"}, secrets: []string{"clientsecret"},
		org: []string{"organization", "orgid", "issuer"}, account: []string{"account", "subject"},
		metascopes: []string{"metascopes", "metascope", "claims"}, scopes: []string{"scopes", "scope"},
		key: []string{"privatekey"}, keyFile: []string{"privatekeypath"}, endpoint: []string{"url"},
		token: []string{"accesstoken"},
	}
	shapeJava = &shape{
		format:   FormatAIOJava,
		clientID: []string{"aio_api_key"}, secrets: []string{"aio_client_secret"}, org: []string{"aio_ims_org_id"},
		account: []string{"aio_technical_account_id"}, metascopes: []string{"aio_meta_scopes"},
		scopes: []string{"aio_oauth_scopes"}, key: []string{"aio_encoded_pkcs8"}, endpoint: []string{"aio_ims_url"},
	}
	shapePDF = &shape{
		format:   FormatPDFServices,
		clientID: []string{"client_credentials.client_id"}, secrets: []string{"client_credentials.client_secret"},
		org: []string{"service_account_credentials.organization_id"}, account: []string{"service_account_credentials.account_id"},
		key:     []string{"service_account_credentials.private_key"},
		keyFile: []string{"service_account_credentials.private_key_file"},
		scopes:  []string{"client_credentials.scopes"},
		// The SDK claims this one; the file has no field for it.
		fixedMetascopes: []string{"ent_documentcloud_sdk"},
	}
)

func withFormat(s *shape, f Format) *shape {
	c := *s
	c.format = f
	return &c
}

// aemMetascope is the one right that the service credentials of AEM have.
const aemMetascope = "ent_aem_cloud_api"

// envSet is a set of variables that belong together.
type envSet struct {
	label string // how the set is named in messages
	shape *shape
	// common says that the names are so general that part of them means nothing.
	common bool
}

// envSets are the sets that are looked for, in this order.
var envSets = []envSet{
	{"AEM_SERVICECREDENTIALS_*", aemEnv("AEM_SERVICECREDENTIALS_"), false},
	{"AEM_AUTH_*", aemEnv("AEM_AUTH_"), false},
	{"AEM_IMS_*", aemEnv("AEM_IMS_"), false},
	{"AEM_CLIENT_ID with AEM_PRIVATE_KEY", &shape{
		format:   FormatEnvironment,
		clientID: []string{"AEM_CLIENT_ID"}, secrets: []string{"AEM_CLIENT_SECRET"}, org: []string{"AEM_IMS_ORG", "AEM_ORG_ID"},
		account: []string{"AEM_TECH_ACCOUNT_ID", "AEM_TECHNICAL_ACCOUNT_ID"}, key: []string{"AEM_PRIVATE_KEY"},
		metascopes: []string{"AEM_META_SCOPES", "AEM_METASCOPES"}, fixedMetascopes: []string{aemMetascope},
		endpoint: []string{"AEM_IMS_ENDPOINT"},
	}, true},
	{"IMS_OAUTH_S2S_*", oauthEnv("IMS_OAUTH_S2S_"), false},
	{"AIO_COMMERCE_AUTH_IMS_*", oauthEnv("AIO_COMMERCE_AUTH_IMS_"), false},
	{"IMS_CLIENTID (imscli)", &shape{
		format:   FormatIMSCLI,
		clientID: []string{"IMS_CLIENTID"}, secrets: []string{"IMS_CLIENTSECRET"}, org: []string{"IMS_ORGANIZATION"},
		account: []string{"IMS_ACCOUNT"}, metascopes: []string{"IMS_METASCOPES"}, scopes: []string{"IMS_SCOPES"},
		key: []string{"IMS_PRIVATEKEY"}, keyFile: []string{"IMS_PRIVATEKEYPATH"}, endpoint: []string{"IMS_URL"},
		token: []string{"IMS_ACCESSTOKEN"},
	}, false},
	{"IMS_CLIENT_ID", &shape{
		format:   FormatEnvironment,
		clientID: []string{"IMS_CLIENT_ID"}, secrets: []string{"IMS_CLIENT_SECRET"}, org: []string{"IMS_ORG_ID"},
		scopes: []string{"IMS_SCOPES"}, endpoint: []string{"IMS_ENV"},
	}, true},
	{"OAUTH_*", oauthEnv("OAUTH_"), true},
	{"aio_* (aio-lib-java)", shapeJava, false},
	{"CLIENT_ID, CLIENT_SECRET, SCOPES", withFormat(shapeUpperCase, FormatEnvironment), true},
}

// contextSet names the variables that hold aio contexts, for messages.
const contextSet = "AIO_ims_contexts_*"

func aemEnv(prefix string) *shape {
	return &shape{
		format:   FormatEnvironment,
		clientID: []string{prefix + "CLIENT_ID"}, secrets: []string{prefix + "CLIENT_SECRET"},
		org:     []string{prefix + "ORG_ID", prefix + "IMS_ORG"},
		account: []string{prefix + "TECHNICAL_ACCOUNT_ID"}, key: []string{prefix + "PRIVATE_KEY"},
		metascopes: []string{prefix + "META_SCOPES", prefix + "METASCOPES"}, scopes: []string{prefix + "SCOPES"},
		endpoint: []string{prefix + "ENDPOINT"}, fixedMetascopes: []string{aemMetascope}, sharedScopes: true,
	}
}

func oauthEnv(prefix string) *shape {
	return &shape{
		format:   FormatEnvironment,
		clientID: []string{prefix + "CLIENT_ID"}, secrets: []string{prefix + "CLIENT_SECRETS", prefix + "CLIENT_SECRET"},
		org: []string{prefix + "ORG_ID", prefix + "IMS_ORG_ID"}, account: []string{prefix + "TECHNICAL_ACCOUNT_ID"},
		email: []string{prefix + "TECHNICAL_ACCOUNT_EMAIL"}, scopes: []string{prefix + "SCOPES"},
	}
}
