#!/bin/sh
# Makes the files of this folder: what operators bring along and our own library cannot make.
# They are made once and kept, so that the tests need no OpenSSL. The keys guard nothing.
# Usage: cd tests/deployment/pem && sh make.sh
set -eu
rm -f -- *.pem *.der *.p12 *.p7 *.csr
days=36500
names='subjectAltName=DNS:portal.example'

make() { # name, arguments of "req" for the key
    name=$1
    shift
    openssl req -x509 -nodes -days $days -subj /CN=portal.example -addext "$names" \
        -keyout "$name.key.pem" -out "$name.crt.pem" "$@" 2>/dev/null
}

make rsa -newkey rsa:2048
make small -newkey rsa:1024 -sha256
make sha1 -newkey rsa:2048 -sha1
make p521 -newkey ec -pkeyopt ec_paramgen_curve:P-521
openssl rsa -in rsa.key.pem -traditional -out rsa.pkcs1.pem 2>/dev/null
openssl ecparam -name prime256v1 -genkey -out p256.sec1.pem 2>/dev/null
openssl req -x509 -key p256.sec1.pem -days $days -subj /CN=portal.example -addext "$names" -out p256.crt.pem
openssl pkcs8 -topk8 -in rsa.key.pem -passout pass:x -out locked.key.pem
openssl rsa -in rsa.key.pem -traditional -aes128 -passout pass:x -out locked-old.key.pem 2>/dev/null
openssl x509 -in rsa.crt.pem -outform der -out certificate.der
openssl pkey -in rsa.key.pem -outform der -out key.der
openssl pkcs12 -export -in rsa.crt.pem -inkey rsa.key.pem -passout pass:x -out bundle.p12
openssl crl2pkcs7 -nocrl -certfile rsa.crt.pem -out bundle.p7
openssl req -new -key rsa.key.pem -subj /CN=portal.example -out request.csr
openssl req -in request.csr -outform der -out request.der
openssl pkey -in rsa.key.pem -pubout -out public.pem
openssl req -x509 -nodes -days $days -subj /CN=Authority -newkey rsa:2048 -keyout authority.key -out authority.crt 2>/dev/null
openssl req -new -key rsa.key.pem -subj /CN=portal.example -addext "$names" -out leaf.req
openssl x509 -req -sha1 -days $days -in leaf.req -CA authority.crt -CAkey authority.key -copy_extensions copy -out sha1-leaf.crt.pem 2>/dev/null
rm -f authority.key authority.crt leaf.req *.srl
