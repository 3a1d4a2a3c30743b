import { type HttpRoutes, json } from "../http/route.ts";

/** What clients have to be told to trust: the TLS authority, and the root of the Noise certificates. */
export const adminTrust: HttpRoutes = [
  {
    method: "GET",
    path: /^\/admin\/ca\.pem$/,
    admin: true,
    handle: (_, { tls }) => ({
      status: 200,
      headers: { "content-type": "application/x-pem-file" },
      body: tls.caCertificate,
    }),
  },
  {
    method: "GET",
    path: /^\/admin\/root-key$/,
    admin: true,
    handle(_, { trust: { rootKey } }) {
      return json(200, { hex: rootKey.toString("hex"), base64: rootKey.toString("base64") });
    },
  },
];
