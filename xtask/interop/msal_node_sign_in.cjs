// Signs in with Microsoft's own library, unmodified, and prints what came of each case as a JSON line.
const msal = require("@azure/msal-node");
const { version } = require("@azure/msal-node/package.json");
const { EnvHttpProxyAgent, setGlobalDispatcher } = require("undici");
const { each, read } = require("./plan.cjs");

// It has no setting for a proxy, and the `fetch` that it calls reads none from the environment.
if (process.env.HTTPS_PROXY) setGlobalDispatcher(new EnvHttpProxyAgent());

each(version, ["pem, PS256", "pem, RS256", "pem, x5c"], async (mode, subject, certificate) => {
  // Where the process runs is told by the environment; elsewhere it is the certificate.
  if (subject.place) {
    const resource = subject.scope.replace(/\/\.default$/, "");
    return (await new msal.ManagedIdentityApplication().acquireToken({ resource })).accessToken;
  }
  const { privateKey, x5c, thumbprint, thumbprintSha256 } = read(certificate.pem);
  const clientCertificate = {
    "pem, PS256": { privateKey, thumbprintSha256 },
    "pem, RS256": { privateKey, thumbprint },
    "pem, x5c": { privateKey, thumbprintSha256, x5c },
  }[mode];
  const auth = { clientId: subject.app_id, clientCertificate };
  auth.authority = `${subject.authority ?? "https://login.microsoftonline.com"}/${subject.tenant}`;
  if (subject.authority) auth.knownAuthorities = [new URL(subject.authority).host];
  const app = new msal.ConfidentialClientApplication({ auth });
  return (await app.acquireTokenByClientCredential({ scopes: [subject.scope] })).accessToken;
});
