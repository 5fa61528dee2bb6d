// Signs in with Microsoft's own library, unmodified, and prints what came of each case as a JSON line.
const { ClientCertificateCredential, ManagedIdentityCredential, WorkloadIdentityCredential } = require("@azure/identity");
const { version } = require("@azure/identity/package.json");
const { each } = require("./plan.cjs");

// Where the process runs is told by the environment; elsewhere it is the certificate.
function credential(mode, subject, certificate) {
  if (subject.place === "workload-identity") return new WorkloadIdentityCredential({ disableInstanceDiscovery: true });
  if (subject.place) return new ManagedIdentityCredential();
  const options = subject.authority ? { authorityHost: subject.authority, disableInstanceDiscovery: true } : {};
  options.sendCertificateChain = mode === "pem, x5c";
  return new ClientCertificateCredential(subject.tenant, subject.app_id, certificate.pem, options);
}

each(version, ["pem", "pem, x5c"], async (mode, subject, certificate) =>
  (await credential(mode, subject, certificate).getToken(subject.scope)).token);
