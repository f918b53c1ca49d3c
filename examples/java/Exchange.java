import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Exchanges AEM service credentials for an access token, with nothing but Java 17 or later:
 *
 * <pre>java Exchange.java service_token.json</pre>
 *
 * It works with the file that Adobe hands out as with that of the emulator. For the latter, make a trust store:
 *
 * <pre>
 * keytool -importcert -noprompt -alias emulator -file adobe/ca.pem -keystore trust.p12 -storepass changeit
 * java -Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=changeit Exchange.java adobe/service_token.json
 * </pre>
 */
public final class Exchange {
    private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    public static void main(String[] args) throws Exception {
        String file = Files.readString(Path.of(args[0]));
        String endpoint = member(file, "imsEndpoint");
        String ims = endpoint.contains("://") ? endpoint : "https://" + endpoint;
        String token = call(HttpRequest.newBuilder(URI.create(ims + "/ims/exchange/jwt"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form(
                        "client_id", member(file, "clientId"),
                        "client_secret", member(file, "clientSecret"),
                        "jwt_token", assertion(file, ims)))));
        String profile = call(HttpRequest.newBuilder(URI.create(ims + "/ims/profile/v1"))
                .header("Authorization", "Bearer " + member(token, "access_token")));
        System.out.println("a token for " + member(profile, "userId"));
    }

    /** Signs the JSON Web Token that stands for the technical account (RFC 7515, RS256). */
    private static String assertion(String file, String ims) throws GeneralSecurityException {
        StringBuilder claims = new StringBuilder("{\"exp\":" + Instant.now().plusSeconds(300).getEpochSecond());
        claims.append(",\"iss\":\"").append(member(file, "org")).append('"');
        claims.append(",\"sub\":\"").append(member(file, "id")).append('"');
        claims.append(",\"aud\":\"").append(ims).append("/c/").append(member(file, "clientId")).append('"');
        for (String metascope : member(file, "metascopes").split(",")) {
            claims.append(",\"").append(ims).append("/s/").append(metascope).append("\":true");
        }
        String text = part("{\"alg\":\"RS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + part(claims.append('}').toString().getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(privateKey(member(file, "privateKey")));
        signature.update(text.getBytes(StandardCharsets.US_ASCII));
        return text + "." + part(signature.sign());
    }

    private static String part(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Reads an RSA key in PEM. Java knows PKCS#8 only, so a PKCS#1 key gets the head that makes it one (RFC 5208). */
    private static PrivateKey privateKey(String pem) throws GeneralSecurityException {
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        if (pem.contains("BEGIN RSA PRIVATE KEY")) {
            byte[] version = HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");
            byte[] key = tagged(0x04, der);
            der = tagged(0x30, ByteBuffer.allocate(version.length + key.length).put(version).put(key).array());
        }
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    /** Puts a tag and a length of two bytes, which is that of every RSA key in use, before a value (X.690). */
    private static byte[] tagged(int tag, byte[] value) {
        return ByteBuffer.allocate(value.length + 4)
                .put((byte) tag).put((byte) 0x82).putShort((short) value.length).put(value).array();
    }

    private static String form(String... namesAndValues) {
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            form.append(i == 0 ? "" : "&").append(namesAndValues[i]).append('=')
                    .append(URLEncoder.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
        }
        return form.toString();
    }

    private static String call(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response =
                HTTP.send(request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            System.err.println("IMS answers " + response.statusCode() + ": " + member(response.body(), "error")
                    + ": " + member(response.body(), "error_description"));
            System.exit(1);
        }
        return response.body();
    }

    /** Returns a member of a JSON text that is a string. Use a JSON library where you have one. */
    private static String member(String json, String name) {
        Matcher found = Pattern.compile('"' + name + "\"\\s*:\\s*\"((?:[^\"\\\\]++|\\\\.)*+)\"").matcher(json);
        if (!found.find()) {
            throw new IllegalArgumentException("there is no text member " + name);
        }
        return found.group(1).replace("\\r", "\r").replace("\\n", "\n").replace("\\/", "/");
    }
}
