// What the Node scripts share: the cases they are given, and the line that says what came of one.
const fs = require("fs");
const { X509Certificate } = require("crypto");

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));

// Tries each case in each mode: all modes for a token, the first for a refusal. `token` gives the token's text.
exports.each = async (version, modes, token) => {
  for (const subject of plan.cases) {
    const tried = subject.place ? [subject.place] : subject.every_mode ? modes : modes.slice(0, 1);
    for (const mode of tried) {
      const line = { version, mode, case: subject.name, token: false, type: null, message: null };
      try {
        const text = await token(mode, subject, plan.certificates[subject.certificate]);
        line.token = text.split(".").length === 3;
      } catch (error) {
        line.type = error.errorCode ? `${error.name} ${error.errorCode}` : error.name;
        line.message = error.message;
      }
      console.log(JSON.stringify(line));
    }
  }
};

// The key of a PEM file with certificate and key, its certificate, and the digests of that.
exports.read = (file) => {
  const text = fs.readFileSync(file, "utf8");
  const certificate = new X509Certificate(text);
  return {
    privateKey: text.match(/-----BEGIN PRIVATE KEY-----[^-]*-----END PRIVATE KEY-----/)[0],
    x5c: certificate.toString(),
    thumbprint: certificate.fingerprint.replaceAll(":", ""),
    thumbprintSha256: certificate.fingerprint256.replaceAll(":", ""),
  };
};
