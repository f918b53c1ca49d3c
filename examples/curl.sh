#!/bin/sh
# Gets an access token with OAuth server-to-server credentials by curl and jq, and asks who it is for:
#
#   ./curl.sh oauth_server_to_server.json
#
# It works with the file that Adobe hands out as with that of the emulator. For the latter, trust its authority:
#
#   CURL_CA_BUNDLE=adobe/ca.pem ./curl.sh adobe/oauth_server_to_server.json
set -eu

ims=$(jq -r '.IMS // "ims-na1.adobelogin.com"' "$1")
case $ims in *://*) ;; *) ims=https://$ims ;; esac

# The secret goes to curl through standard input: other users of a machine can see arguments.
answer=$(
	jq -r '"grant_type=client_credentials&client_id=\(.CLIENT_ID | @uri)&client_secret=\(.CLIENT_SECRETS[0] | @uri)&scope=\(.SCOPES | join(",") | @uri)"' "$1" |
		curl --silent --show-error --max-time 30 --data @- "$ims/ims/token/v3"
)
token=$(printf %s "$answer" | jq -r '.access_token // empty')
if [ -z "$token" ]; then
	printf %s "$answer" | jq -r '"IMS answers \(.error): \(.error_description)"' >&2
	exit 1
fi

account=$(
	printf 'Authorization: Bearer %s\n' "$token" |
		curl --silent --show-error --fail --max-time 30 --header @- "$ims/ims/profile/v1" | jq -r .userId
)
printf 'a token for %s, good for %s minutes\n' "$account" "$(printf %s "$answer" | jq '.expires_in / 60 | round')"
