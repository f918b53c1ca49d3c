package forms

// Permission is what one may do with an encrypted document.
type Permission string

// The permissions of assure/encrypt.
const (
	PermissionAll          Permission = "ALL_PERM"
	PermissionAdd          Permission = "EDIT_ADD"
	PermissionCopy         Permission = "EDIT_COPY"
	PermissionAssemble     Permission = "EDIT_ASSEMBLE"
	PermissionExtract      Permission = "EDIT_EXTRACT"
	PermissionFillForm     Permission = "EDIT_FORM_FILL"
	PermissionModify       Permission = "EDIT_MODIFY"
	PermissionPrintHigh    Permission = "PRINT_HIGH"
	PermissionPrintLow     Permission = "PRINT_LOW"
	PermissionPrintNothing Permission = "PRINT_NONE"
)

// Values returns the documented values.
func (Permission) Values() []string {
	return texts(PermissionAll, PermissionAdd, PermissionCopy, PermissionAssemble, PermissionExtract, PermissionFillForm,
		PermissionModify, PermissionPrintHigh, PermissionPrintLow, PermissionPrintNothing)
}

// EncryptParts are the parts of a document that are encrypted.
type EncryptParts string

// The parts of assure/encrypt.
const (
	EncryptAll               EncryptParts = "ALL"
	EncryptAllExceptMetadata EncryptParts = "ALL_EXCEPT_METADATA"
	EncryptAttachmentsOnly   EncryptParts = "ATTACHMENTS_ONLY"
)

// Values returns the documented values.
func (EncryptParts) Values() []string {
	return texts(EncryptAll, EncryptAllExceptMetadata, EncryptAttachmentsOnly)
}

// Compatibility is the oldest Acrobat that must be able to open an encrypted document, which decides on the cipher.
type Compatibility string

// The compatibilities of assure/encrypt.
const (
	CompatibleAcrobat6  Compatibility = "ACROBAT_6"
	CompatibleAcrobat7  Compatibility = "ACROBAT_7"
	CompatibleAcrobat10 Compatibility = "ACROBAT_10"
)

// Values returns the documented values.
func (Compatibility) Values() []string {
	return texts(CompatibleAcrobat6, CompatibleAcrobat7, CompatibleAcrobat10)
}

// SecurityMode is how a document is protected. A service may give others than the documented ones.
type SecurityMode string

// The security modes of assure/inspect.
const (
	SecurityPassword     SecurityMode = "PASSWORD"
	SecurityPolicyServer SecurityMode = "POLICY_SERVER"
	SecurityCertificate  SecurityMode = "CERTIFICATE"
	SecurityOther        SecurityMode = "OTHER"
	SecurityNone         SecurityMode = "NONE"
)

// Values returns the documented values.
func (SecurityMode) Values() []string {
	return texts(SecurityPassword, SecurityPolicyServer, SecurityCertificate, SecurityOther, SecurityNone)
}

// DigestMethod is a hash function.
type DigestMethod string

// The hash functions.
const (
	SHA256 DigestMethod = "SHA256"
	SHA384 DigestMethod = "SHA384"
	SHA512 DigestMethod = "SHA512"
)

// Values returns the documented values.
func (DigestMethod) Values() []string { return texts(SHA256, SHA384, SHA512) }

// RevocationOrder says what is asked first about revocation.
type RevocationOrder string

// The orders.
const (
	OCSPFirst RevocationOrder = "OCSP_FIRST"
	CRLFirst  RevocationOrder = "CRL_FIRST"
)

// Values returns the documented values.
func (RevocationOrder) Values() []string { return texts(OCSPFirst, CRLFirst) }

// AppearanceType is what a signature shows.
type AppearanceType string

// The types of appearance.
const (
	AppearanceNoGraphic AppearanceType = "NOGRAPHIC"
	AppearanceGraphic   AppearanceType = "GRAPHIC"
	AppearanceName      AppearanceType = "NAME"
)

// Values returns the documented values.
func (AppearanceType) Values() []string {
	return texts(AppearanceNoGraphic, AppearanceGraphic, AppearanceName)
}

// SigningFormat is the format of a signature.
type SigningFormat string

// The signing formats.
const (
	PKCS7Detached SigningFormat = "PKCS7_DETACHED"
	CAdES         SigningFormat = "CADES"
)

// Values returns the documented values.
func (SigningFormat) Values() []string { return texts(PKCS7Detached, CAdES) }

// TextDirection is the direction of a signature's text.
type TextDirection string

// The directions.
const (
	DirectionAuto TextDirection = "AUTO"
	LeftToRight   TextDirection = "LTR"
	RightToLeft   TextDirection = "RTL"
)

// Values returns the documented values.
func (TextDirection) Values() []string { return texts(DirectionAuto, LeftToRight, RightToLeft) }

// MDPPermissions is what may be changed in a certified document.
type MDPPermissions string

// The permissions of certified documents.
const (
	NoChanges             MDPPermissions = "NO_CHANGES"
	FormChanges           MDPPermissions = "FORM_CHANGES"
	AnnotationFormChanges MDPPermissions = "ANNOTATION_FORM_CHANGES"
	NonAuthorSignature    MDPPermissions = "NON_AUTHOR_SIGNATURE"
)

// Values returns the documented values.
func (MDPPermissions) Values() []string {
	return texts(NoChanges, FormChanges, AnnotationFormChanges, NonAuthorSignature)
}

// MDPFilter says which fields a signature locks.
type MDPFilter string

// The filters.
const (
	LockAll     MDPFilter = "ALL"
	LockInclude MDPFilter = "INCLUDE"
	LockExclude MDPFilter = "EXCLUDE"
)

// Values returns the documented values.
func (MDPFilter) Values() []string { return texts(LockAll, LockInclude, LockExclude) }

// unlockEncryption is how a document is encrypted that is to be unlocked.
type unlockEncryption string

const passwordBased unlockEncryption = "PASSWORD_BASED_ENCRYPT"

// Values returns the documented values.
func (unlockEncryption) Values() []string { return texts(passwordBased) }
