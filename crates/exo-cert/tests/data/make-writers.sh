#!/bin/sh
# Files of further writers, for the key and the certificate that `make.sh` made.
# Needs: openssl 3, pk12util and certutil (NSS), certtool (GnuTLS), keytool and javac of a JDK 17 or newer with
# BouncyCastle (name its jars in BC), Python 3 with `cryptography` 45 or newer (name it in PYTHON).
set -eu
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3}
BC=${BC:-/usr/share/java/bcprov.jar:/usr/share/java/bcpkix.jar:/usr/share/java/bcutil.jar}
days=36500
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# NSS: what Firefox and pk12util write, with each of its ciphers. Its counts are 600,000 unless another is named.
certutil -N -d "sql:$work" --empty-password
pk12util -i openssl3-aes256.pfx -W password -d "sql:$work" -K ""
name=$(certutil -L -d "sql:$work" | sed -n '/contoso/s/ *[a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]* *$//p')
pk12util -o nss.p12 -n "$name" -d "sql:$work" -K "" -W password
pk12util -o nss-old.p12 -n "$name" -d "sql:$work" -K "" -W password -M SHA-1 \
  -c "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC" -C "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC"
pk12util -o nss-sha512.p12 -n "$name" -d "sql:$work" -K "" -W password -M SHA-512 -c AES-192-CBC -C AES-256-CBC
pk12util -o nss-unicode.p12 -n "$name" -d "sql:$work" -K "" -W "pä ß € "

# GnuTLS.
certtool="certtool --to-p12 --load-privkey contoso.key --load-certificate contoso.crt --p12-name contoso --password password"
$certtool --outder --outfile gnutls-aes256.p12
$certtool --outder --pkcs-cipher 3des-pkcs12 --outfile gnutls-3des.p12
$certtool --outder --pkcs-cipher rc2-40 --outfile gnutls-rc2-40.p12
$certtool --outder --pkcs-cipher aes-192 --hash sha512 --outfile gnutls-aes192-sha512.p12
# With the label PKCS12.
$certtool --pkcs-cipher aes-128 --outfile gnutls-armoured.pem

# Java: its own tool, without a MAC, with a trusted certificate beside the key; then BouncyCastle.
keytool -importkeystore -noprompt -srckeystore openssl3-aes256.pfx -srcstoretype PKCS12 -srcstorepass password \
  -destkeystore "$work/trusted.p12" -deststoretype PKCS12 -deststorepass password
keytool -importcert -noprompt -alias root -file root.crt -keystore "$work/trusted.p12" -storepass password
keytool -importpass -alias secret -keystore "$work/trusted.p12" -storepass password <<SECRET
hidden
hidden
SECRET
cp "$work/trusted.p12" keytool-trusted-and-secret.p12
keytool -J-Dkeystore.pkcs12.macAlgorithm=NONE -J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE -importkeystore \
  -noprompt -srckeystore openssl3-aes256.pfx -srcstoretype PKCS12 -srcstorepass password \
  -destkeystore "$work/nomac.p12" -deststoretype PKCS12 -deststorepass password
cp "$work/nomac.p12" keytool-nomac.p12
keytool -importkeystore -noprompt -srckeystore openssl3-aes256.pfx -srcstoretype PKCS12 -srcstorepass password \
  -destkeystore "$work/jks" -deststoretype JKS -deststorepass password
cp "$work/jks" refused-java.jks
javac -cp "$BC" -d "$work" BouncyCastle.java
java -cp "$BC:$work" BouncyCastle openssl3-aes256.pfx

# The old encryption of PEM keys.
for cipher in aes128 aes192 aes256 des3; do
  openssl rsa -in contoso.key -traditional -$cipher -passout pass:password -out old-$cipher.key
done
openssl rsa -in contoso.key -traditional -des -passout pass:password -provider legacy -provider default -out refused-old-des.key
openssl rsa -in contoso.key -traditional -aes256 -passout pass:"pä ß €😀 " -out old-unicode.key
openssl ec -in ec.key -aes256 -passout pass:password -out old-ec.key

# A key that asks for nearly as much work as one may.
openssl pkcs8 -topk8 -in contoso.key -iter 900000 -passout pass:password -out bomb.key
# A chain in which the certificate of the key is neither first nor last, more than once.
cat leaf.crt root.crt leaf.crt > "$work/chain.pem"
openssl pkcs12 -export -inkey contoso.key -in leaf.crt -certfile "$work/chain.pem" -passout pass:password -out openssl3-chain.pfx
openssl pkcs12 -export -keypbe AES-256-CBC -certpbe NONE -macalg SHA256 -inkey contoso.key -in contoso.crt -passout pass:password -out openssl3-plain-certificates.pfx
openssl pkcs12 -export -inkey rsa1024.key -in rsa1024.crt -passout pass:password -out rsa1024.pfx

"$PYTHON" make-python.py
"$PYTHON" make-shapes.py
# Who else opens them.
"$PYTHON" verify.py
