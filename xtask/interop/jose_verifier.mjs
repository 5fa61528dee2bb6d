// A token endpoint that gives a token for an assertion that `jose` verifies with the certificate given.
import { X509Certificate, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { jwtVerify } from "jose";

const [clientId, certificateFile] = process.argv.slice(2);
const certificate = new X509Certificate(readFileSync(certificateFile));
const digest = (name) => createHash(name).update(certificate.raw).digest("base64url");
const thumbprints = { PS256: ["x5t#S256", digest("sha256")], RS256: ["x5t", digest("sha1")] };

async function verified(form, audience) {
  const rules = { audience, issuer: clientId, subject: clientId, requiredClaims: ["exp", "iat", "nbf", "jti"] };
  const { protectedHeader } = await jwtVerify(form.get("client_assertion"), certificate.publicKey, rules);
  const [member, thumbprint] = thumbprints[protectedHeader.alg];
  if (protectedHeader[member] !== thumbprint) throw new Error(`${member} is not the certificate's`);
}

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", async () => {
    const answer = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    try {
      await verified(new URLSearchParams(Buffer.concat(parts).toString()), `http://${request.headers.host}/token`);
      answer(200, { token_type: "Bearer", expires_in: 3600, access_token: "verified" });
    } catch (error) {
      answer(401, { error: "invalid_client", error_description: error.message });
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/token`));
