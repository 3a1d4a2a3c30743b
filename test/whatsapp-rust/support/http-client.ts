import type { JsHttpClientConfig } from "whatsapp-rust-bridge";

/** Uploads and downloads. Node is told at its start which authority to trust: see `NODE_EXTRA_CA_CERTS`. */
export const httpClient: JsHttpClientConfig = {
  async execute(url, method, headers, body) {
    // A copy: the bytes belong to the WebAssembly memory.
    const sent = body === null ? null : new Uint8Array(body);
    const response = await fetch(url, { method, headers, body: sent });
    return { statusCode: response.status, body: new Uint8Array(await response.arrayBuffer()) };
  },
};
