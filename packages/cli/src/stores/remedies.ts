import type { FindingCode } from "@motte/auth-stores/migration";

/** What each finding means and what to do about it. */
export const remedies: Readonly<Record<FindingCode, { meaning: string; remedy: string }>> = {
  "creds-key-pair": {
    meaning: "A public key of the creds is not the one of its private key.",
    remedy: "Restore a backup, or archive the session (motte reset) and pair again.",
  },
  "signed-pre-key-signature": {
    meaning: "The signed pre-key is not signed by the identity key.",
    remedy: "Restore a backup, or archive the session (motte reset) and pair again.",
  },
  "registration-id": {
    meaning: "The registration id is larger than the protocol has room for.",
    remedy: "Restore a backup, or archive the session (motte reset) and pair again.",
  },
  "next-pre-key-id": {
    meaning: "The next pre-key would take an id that is used already.",
    remedy:
      "Nothing: Baileys uploads new pre-keys, and contacts retry the few messages it concerns.",
  },
  "pre-key-pair": {
    meaning: "The public key of a pre-key is not the one of its private key.",
    remedy: "Nothing: a message to that key fails once and is sent again with another.",
  },
  "lid-mapping": {
    meaning: "A LID mapping and its reverse do not say the same.",
    remedy: "Nothing: Baileys asks the server and stores the mapping again.",
  },
  "app-state-key-missing": {
    meaning: "The app-state key that the creds name is not there.",
    remedy: "Nothing: the phone sends the key again when Baileys asks for it.",
  },
  "app-state-key-length": {
    meaning: "An app-state key is not 32 bytes long.",
    remedy: "Nothing: Baileys asks the phone for the key again.",
  },
  "app-state-hash-length": {
    meaning: "An app-state hash is not 128 bytes long.",
    remedy: "Nothing: Baileys syncs that collection from its beginning.",
  },
  "open-sessions": {
    meaning: "A Signal session has more than one open state.",
    remedy: "Nothing: libsignal closes all but the newest.",
  },
};
