#!/bin/sh
# A PFX as it lies in .NET's folder on Linux: Triple DES and SHA-1, an empty password. Made by OpenSSL 3.
set -eu
cd "$(dirname "$0")"
openssl pkcs12 -export -passout pass: -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 \
    -inkey ../../data/fabrikam.key -in ../../data/fabrikam.crt -out dotnet-fabrikam.pfx
