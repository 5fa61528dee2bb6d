// A certified OpenID provider with one client that proves itself by private_key_jwt, for the certificate given.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [clientId, certificateFile, scope] = process.argv.slice(2);
const certificate = new X509Certificate(readFileSync(certificateFile));
const key = certificate.publicKey.export({ format: "jwk" });

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: clientId,
      grant_types: ["client_credentials"],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: "private_key_jwt",
      jwks: { keys: [key] },
    }],
    scopes: [scope],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  });
  server.on("request", provider.callback());
  console.log(`${issuer}/token`);
});
