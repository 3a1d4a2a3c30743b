/** Numbers that look like disconnects and are answers to something sent. The connection is well: do not recycle it. */
export const notDisconnects: Readonly<Record<number, string>> = {
  429: "As the answer to a query (`rate-overlimit`) it is no disconnect: send less, keep the connection.",
  463: "Not a disconnect: WhatsApp refused a message to someone this account may not write to now. Pause such messages, keep the connection.",
  479: "Not a disconnect: WhatsApp refused a stanza it found invalid. Fix what is sent, keep the connection.",
};
