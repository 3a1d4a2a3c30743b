/**
 * What a bundle file is.
 *
 * A file is the ten bytes `MOTTE-AUTH`, one byte for the version of the format (1), the length of the header as four
 * bytes (big endian), the header (`Header`), and to its end the sealed content: `Content`, encrypted with AES-256-GCM
 * (nonce as in the header, everything before the sealed content as additional data, the tag of 16 bytes last). The key
 * is scrypt of the passphrase, as UTF-8 in Unicode form NFKC, with the numbers of the header.
 */
export const BUNDLE_PROTO: string = `
syntax = "proto3";
package motte.auth;

message Header {
  // scrypt: cost N as a power of two, block size r, parallelism p, salt.
  uint32 scrypt_log_n = 1;
  uint32 scrypt_r = 2;
  uint32 scrypt_p = 3;
  bytes salt = 4;
  // AES-256-GCM: 12 bytes, never used before with this key.
  bytes nonce = 5;
}

message Content {
  // Milliseconds since the Unix epoch.
  double created_at_ms = 1;
  // The ratchets were left out already.
  bool identity_only = 2;
  // One byte 0x04, then JSON with bytes as {"type":"Buffer","data":base64}.
  bytes creds = 3;
  repeated Family families = 4;
}

message Family {
  // As Baileys names it: "session", "pre-key".
  string type = 1;
  repeated Record records = 2;
}

message Record {
  string id = 1;
  // The first byte says how the rest is written. 1: UTF-8 text. 2: bytes as they are. 3: JSON. 4: JSON with marked
  // bytes. 5: 32 bytes of a public key, then 32 of its private key. 6: AppStateSyncKeyData of WhatsApp's protobuf.
  bytes value = 2;
}
`;
