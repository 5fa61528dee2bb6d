// One sign-in with @azure/msal-node: a PEM key, a thumbprint, a token. The library reads no PFX, so that the work of
// opening one is spared it here.
import { readFileSync } from "node:fs";
import { ConfidentialClientApplication } from "@azure/msal-node";

const [authority, clientId, key, thumbprintSha256, scope] = process.argv.slice(2);
const app = new ConfidentialClientApplication({
  auth: {
    clientId,
    authority,
    knownAuthorities: [new URL(authority).host],
    clientCertificate: { privateKey: readFileSync(key, "utf8"), thumbprintSha256 },
  },
});
const answer = await app.acquireTokenByClientCredential({ scopes: [scope] });
console.log(answer.accessToken.length);
