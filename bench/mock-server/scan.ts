/** Has the server's phone scan a QR code, from another process than the server's. */
export async function scan(url: string, qr: string): Promise<void> {
  const target = new URL("/admin/mock-phone/scan-qr", url.replace("ws:", "http:"));
  const response = await fetch(target, { method: "POST", body: qr });
  if (!response.ok) throw new Error(`The phone did not scan: ${await response.text()}`);
}
