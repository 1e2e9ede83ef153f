import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * Checks OAUTHBEARER tokens as the IAM listener of Amazon MSK does: a base64url-encoded, presigned
 * kafka-cluster:Connect request that has not expired, signed with the key in the broker's environment
 * (AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY).
 *
 * Source: AWS Signature Version 4, "Authenticating requests: using query parameters".
 */
public final class MskTokenValidator implements AuthenticateCallbackHandler {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final String region = System.getenv("AWS_REGION");
  private final String accessKeyId = System.getenv("AWS_ACCESS_KEY_ID");
  private final String secretAccessKey = System.getenv("AWS_SECRET_ACCESS_KEY");

  @Override
  public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> jaas) {}

  @Override
  public void close() {}

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (callback instanceof OAuthBearerValidatorCallback validation) {
        try {
          validation.token(validate(validation.tokenValue()));
        } catch (Exception refused) {
          validation.error("invalid_token", null, null);
        }
      } else if (callback instanceof OAuthBearerExtensionsValidatorCallback extensions) {
        extensions.inputExtensions().map().keySet().forEach(extensions::valid);
      } else {
        throw new UnsupportedCallbackException(callback);
      }
    }
  }

  private OAuthBearerToken validate(String token) throws GeneralSecurityException {
    URI url = URI.create(new String(Base64.getUrlDecoder().decode(token), UTF_8));
    String host = "kafka." + region + ".amazonaws.com";
    require(url.getScheme().equals("https") && url.getHost().equals(host) && url.getPath().equals("/"));

    TreeMap<String, String> query = new TreeMap<>();
    for (String parameter : url.getRawQuery().split("&")) {
      String[] pair = parameter.split("=", 2);
      require(query.put(pair[0], pair[1]) == null);
    }
    // The signer names itself after it has signed.
    query.remove("User-Agent");
    String signature = query.remove("X-Amz-Signature");
    String date = query.get("X-Amz-Date");
    String day = date.substring(0, 8);
    String scope = day + "/" + region + "/kafka-cluster/aws4_request";
    Instant signed = DATE.parse(date, Instant::from);
    Instant expires = signed.plusSeconds(Integer.parseInt(query.get("X-Amz-Expires")));
    require(query.get("Action").equals("kafka-cluster%3AConnect"));
    require(query.get("X-Amz-Credential").equals((accessKeyId + "/" + scope).replace("/", "%2F")));
    require(query.get("X-Amz-SignedHeaders").equals("host"));
    require(expires.isAfter(Instant.now()));

    String parameters =
        query.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).collect(Collectors.joining("&"));
    String request = "GET\n/\n" + parameters + "\nhost:" + host + "\n\nhost\n" + sha256("");
    String toSign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + sha256(request);
    byte[] key = ("AWS4" + secretAccessKey).getBytes(UTF_8);
    for (String part : List.of(day, region, "kafka-cluster", "aws4_request", toSign)) key = hmac(key, part);
    require(HexFormat.of().formatHex(key).equals(signature));
    return new Token(token, accessKeyId, signed.toEpochMilli(), expires.toEpochMilli());
  }

  private static void require(boolean condition) {
    if (!condition) throw new IllegalArgumentException();
  }

  private static String sha256(String text) throws GeneralSecurityException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
  }

  private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(UTF_8));
  }

  private record Token(String value, String principalName, Long startTimeMs, long lifetimeMs)
      implements OAuthBearerToken {
    @Override
    public Set<String> scope() {
      return Set.of();
    }
  }
}
