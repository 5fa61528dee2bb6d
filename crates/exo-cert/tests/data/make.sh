#!/bin/sh
# Makes the files of this folder with other programs than the crate under test; the tests only read them.
# Needs: openssl 3, Python 3 with `cryptography` (name it in PYTHON), keytool of a JDK 17 or newer.
set -eu
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3}
days=36500

# The certificate that all good files hold, and its key.
openssl req -x509 -newkey rsa:2048 -sha256 -days $days -nodes -subj "/CN=contoso.org" \
  -addext "subjectAltName=DNS:contoso.org" -addext "extendedKeyUsage=clientAuth,serverAuth" \
  -keyout contoso.key -out contoso.crt
openssl x509 -in contoso.crt -outform DER -out contoso.cer
base64 -w0 contoso.cer > contoso.cer.base64
openssl pkcs8 -topk8 -nocrypt -in contoso.key -outform DER -out contoso.key.der
openssl x509 -in contoso.crt -pubkey -noout > contoso.pub

# PFX of OpenSSL 3.
p12="openssl pkcs12 -export -inkey contoso.key -in contoso.crt -passout pass:password"
$p12 -out openssl3-aes256.pfx
$p12 -keypbe AES-128-CBC -certpbe AES-192-CBC -macalg SHA512 -out openssl3-aes128-sha512.pfx
$p12 -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg SHA1 -out openssl3-3des.pfx
$p12 -legacy -out openssl3-legacy-rc2.pfx
$p12 -legacy -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-RC2-128 -macalg SHA384 -out openssl3-2des-rc2-128.pfx
$p12 -keypbe DES-EDE3-CBC -certpbe DES-EDE3-CBC -macalg SHA224 -out openssl3-pbes2-3des.pfx
$p12 -macalg SHA512-256 -out openssl3-mac-sha512-256.pfx
$p12 -macalg SHA3-256 -out refused-mac-sha3.pfx
$p12 -nomac -out openssl3-nomac.pfx
$p12 -keypbe NONE -certpbe NONE -nomac -out openssl3-nothing.pfx
$p12 -iter 1 -maciter -out openssl3-iter1.pfx
$p12 -legacy -keypbe PBE-SHA1-RC4-128 -out refused-rc4.pfx
openssl pkcs12 -export -inkey contoso.key -in contoso.crt -passout pass: -out openssl3-empty-password.pfx
openssl pkcs12 -export -inkey contoso.key -in contoso.crt -passout pass:"pä ß €😀 " -out openssl3-unicode-password.pfx
openssl pkcs12 -export -legacy -inkey contoso.key -in contoso.crt -passout pass:"pä ß €😀 " -out openssl3-unicode-legacy.pfx
openssl pkcs12 -export -nokeys -in contoso.crt -passout pass:password -out no-key.pfx
openssl pkcs12 -export -nocerts -inkey contoso.key -passout pass:password -out no-certificate.pfx
# What stands around the blocks of `openssl pkcs12 -nodes`.
openssl pkcs12 -in openssl3-aes256.pfx -passin pass:password -nodes -out with-bag-attributes.pem

# PEM.
openssl rsa -in contoso.key -traditional -out contoso.pkcs1.key
openssl pkcs8 -topk8 -in contoso.key -passout pass:password -out contoso.encrypted.key
openssl pkcs8 -topk8 -in contoso.key -v1 PBE-SHA1-3DES -passout pass:password -out contoso.encrypted-3des.key
openssl pkcs8 -topk8 -in contoso.key -scrypt -passout pass:password -out contoso.scrypt.key
for prf in SHA1 SHA224 SHA384 SHA512 SHA512-224 SHA512-256; do
  openssl pkcs8 -topk8 -in contoso.key -v2 aes-256-cbc -v2prf hmacWith$prf -passout pass:password -out contoso.prf-$prf.key
done
openssl x509 -in contoso.crt -trustout -addtrust clientAuth -out contoso.trusted.crt
openssl rsa -in contoso.key -traditional -aes256 -passout pass:password -out old-aes256.key

# Keys that cannot sign in.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days $days -nodes -subj "/CN=ec.contoso.org" \
  -keyout ec.key -out ec.crt
openssl pkcs12 -export -inkey ec.key -in ec.crt -passout pass:password -out ec.pfx
openssl ecparam -name prime256v1 -genkey -out ec-sec1.key
for bits in 1024 2560; do
  openssl req -x509 -newkey rsa:$bits -days $days -nodes -subj "/CN=rsa$bits" -keyout rsa$bits.key -out rsa$bits.crt
done
openssl genrsa -3 -out exponent3.key 2048 2>/dev/null
openssl req -x509 -key exponent3.key -days $days -subj "/CN=exponent3" -out exponent3.crt
openssl genrsa -primes 3 -out three-primes.key 2048 2>/dev/null
openssl req -x509 -key three-primes.key -days $days -subj "/CN=three-primes" -out three-primes.crt
for bits in 3072 4096; do
  openssl req -x509 -newkey rsa:$bits -days $days -nodes -subj "/CN=rsa$bits" -keyout rsa$bits.key -out rsa$bits.crt
done

# Another certificate, the key of the first renewed, a chain, several pairs, an old signature.
openssl req -x509 -newkey rsa:2048 -days $days -nodes -subj "/CN=fabrikam.com" -keyout fabrikam.key -out fabrikam.crt
openssl req -x509 -key contoso.key -sha256 -days 36000 -subj "/CN=contoso.org" -out contoso-earlier.crt
openssl req -x509 -key contoso.key -sha1 -days $days -subj "/CN=contoso.org" -out sha1.crt
openssl req -x509 -newkey rsa:2048 -days $days -nodes -subj "/O=Contoso/CN=Root" -keyout root.key -out root.crt
openssl req -new -key contoso.key -subj "/O=Contoso/CN=leaf" -out leaf.csr  # also a file to refuse
openssl x509 -req -in leaf.csr -CA root.crt -CAkey root.key -set_serial 0x1234 -days $days -out leaf.crt
openssl crl2pkcs7 -nocrl -certfile root.crt -certfile leaf.crt -out chain.p7b
cat root.crt leaf.crt root.crt contoso.key > chain-root-first.pem
rm root.key

# Python, keytool.
"$PYTHON" make.py
rm -f keytool.p12 keytool-legacy.p12
keytool -genkeypair -alias app -keyalg RSA -keysize 2048 -validity $days -dname "CN=java.contoso.org" \
  -storetype PKCS12 -keystore keytool.p12 -storepass password
keytool -J-Dkeystore.pkcs12.legacy -genkeypair -alias app -keyalg RSA -keysize 2048 -validity $days \
  -dname "CN=java.contoso.org" -storetype PKCS12 -keystore keytool-legacy.p12 -storepass password
