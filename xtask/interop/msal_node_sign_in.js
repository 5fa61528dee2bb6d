// Signs in with Microsoft's own library, unmodified, and prints what came for each scope as JSON lines.
const fs = require("fs");
const msal = require("@azure/msal-node");
const { version } = require("@azure/msal-node/package.json");

const [authority, appId, keyFile, thumbprint, thumbprintSha256, ...scopes] = process.argv.slice(2);
const privateKey = fs.readFileSync(keyFile, "utf8");

async function main() {
  for (const [mode, certificate] of [
    ["sha256", { privateKey, thumbprintSha256 }],
    ["sha1", { privateKey, thumbprint }],
  ]) {
    const app = new msal.ConfidentialClientApplication({
      auth: { clientId: appId, authority, knownAuthorities: [new URL(authority).host], clientCertificate: certificate },
    });
    for (const scope of scopes) {
      const line = { library: `msal-node ${version}`, mode, scope, token: false, error: null };
      try {
        const answer = await app.acquireTokenByClientCredential({ scopes: [scope] });
        line.token = answer.accessToken.split(".").length === 3;
      } catch (error) {
        line.error = `${error.errorCode}: ${error.message}`;
      }
      console.log(JSON.stringify(line));
    }
  }
}

main();
