/** The WebSockets the server runs on, for those outside of this package who measure what they cost. */
export { WebSocket, WebSocketServer } from "ws";
