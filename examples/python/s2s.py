"""Gets an access token with OAuth server-to-server credentials. It needs nothing but Python 3.9 or later:

    python3 s2s.py oauth_server_to_server.json

It works with the file that Adobe hands out as with that of the emulator. For the latter, trust its authority:

    SSL_CERT_FILE=adobe/ca.pem python3 s2s.py adobe/oauth_server_to_server.json
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request


def call(url, form=None, token=None):
    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(url, data)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as refused:
        answer = json.load(refused)
        sys.exit(f"IMS answers {refused.code}: {answer['error']}: {answer['error_description']}")


def main(path):
    with open(path, encoding="utf-8") as file:
        credentials = json.load(file)
    ims = credentials.get("IMS", "ims-na1.adobelogin.com")
    if "://" not in ims:
        ims = "https://" + ims
    token = call(
        ims + "/ims/token/v3",
        {
            "grant_type": "client_credentials",
            "client_id": credentials["CLIENT_ID"],
            "client_secret": credentials["CLIENT_SECRETS"][0],
            "scope": ",".join(credentials["SCOPES"]),
        },
    )
    profile = call(ims + "/ims/profile/v1", token=token["access_token"])
    print(f"a token for {profile['userId']}, good for {round(token['expires_in'] / 60)} minutes")


if __name__ == "__main__":
    main(sys.argv[1])
