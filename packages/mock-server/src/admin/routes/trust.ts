import { type Operation, jsonOperation, rawOperation } from "../operation.ts";
import { object } from "../schema/shapes.ts";
import { text } from "../schema/values.ts";

const tag = "server";
const PEM = "application/x-pem-file";

/** What clients have to be told to trust: the TLS authority, and the root of the Noise certificates. */
export const trust: readonly Operation[] = [
  rawOperation({
    method: "GET",
    path: "/admin/ca.pem",
    id: "caCertificate",
    tag,
    summary: "The authority behind the server's TLS certificate",
    answer: { [PEM]: { type: "string" } },
    run: (_, { context }) => ({
      status: 200,
      headers: { "content-type": PEM },
      body: context.tls.caCertificate,
    }),
  }),
  jsonOperation({
    method: "GET",
    path: "/admin/root-key",
    id: "rootKey",
    tag,
    summary: "The key that the certificates of the Noise handshake are rooted in",
    answer: object<{ readonly hex: string; readonly base64: string }>({
      hex: text(),
      base64: text(),
    }),
    run: (_, { context: { trust: keys } }) => ({
      hex: keys.rootKey.toString("hex"),
      base64: keys.rootKey.toString("base64"),
    }),
  }),
];
