"""A token endpoint that gives a token for an assertion that PyJWT verifies with the certificate given."""

import base64
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes

client_id, certificate_file = sys.argv[1:3]
with open(certificate_file, "rb") as file:
    certificate = x509.load_der_x509_certificate(file.read())
MEMBERS = {"PS256": ("x5t#S256", hashes.SHA256()), "RS256": ("x5t", hashes.SHA1())}


def verify(assertion, audience):
    """Fails unless key, times, names and thumbprint are right."""
    claims = jwt.decode(
        assertion, certificate.public_key(), algorithms=list(MEMBERS), audience=audience, issuer=client_id,
        subject=client_id, options={"require": ["exp", "iat", "nbf", "jti", "iss", "sub", "aud"]},
    )
    header = jwt.get_unverified_header(assertion)
    member, digest = MEMBERS[header["alg"]]
    thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(digest)).rstrip(b"=").decode()
    if header.get(member) != thumbprint:
        raise jwt.InvalidTokenError(f"{member} is not the certificate's")
    return claims


class Handler(BaseHTTPRequestHandler):
    """Answers as a token endpoint does."""

    def do_POST(self):
        form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        try:
            verify(form["client_assertion"], f"http://{self.headers['host']}/token")
            status, body = 200, {"token_type": "Bearer", "expires_in": 3600, "access_token": "verified"}
        except jwt.InvalidTokenError as error:
            status, body = 401, {"error": "invalid_client", "error_description": str(error)}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Says nothing: the client says what came."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}/token", flush=True)
server.serve_forever()
