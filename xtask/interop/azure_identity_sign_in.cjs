// Signs in with Microsoft's own library, unmodified, and prints what came of each case as a JSON line.
const { ClientCertificateCredential } = require("@azure/identity");
const { version } = require("@azure/identity/package.json");
const { each } = require("./plan.cjs");

each(version, ["pem"], async (mode, subject, certificate) => {
  const options = subject.authority ? { authorityHost: subject.authority, disableInstanceDiscovery: true } : {};
  const credential = new ClientCertificateCredential(subject.tenant, subject.app_id, certificate.pem, options);
  return (await credential.getToken(subject.scope)).token;
});
