// Baileys connects to web.whatsapp.com, and fetches history, app state and media without a host of their own from
// mmg.whatsapp.net (Defaults/index.js).
const WHATSAPP_HOST = /(?:^|\.)whatsapp\.(?:com|net)\.?$/i;

/** Whether a host name is one of WhatsApp's own, which the mock server stands in for. */
export function isWhatsAppHost(host: string): boolean {
  return WHATSAPP_HOST.test(host);
}
