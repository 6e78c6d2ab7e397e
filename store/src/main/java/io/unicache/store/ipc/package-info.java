/**
 * The protocol between the daemon that owns a store and the programs that want something of it,
 * over a Unix-domain socket: {@link io.unicache.store.ipc.ServiceServer} offers a {@link
 * io.unicache.store.CacheService}, {@link io.unicache.store.ipc.RemoteService} is one.
 *
 * <h2>Frames</h2>
 *
 * A connection carries frames in both directions; all numbers are big-endian:
 *
 * <pre>
 * u32 length    of the payload, at most 1 MiB + 64 KiB
 * u8  type      see below
 * payload
 * </pre>
 *
 * <table>
 * <caption>Frame types</caption>
 * <tr><th>type</th><th>name</th><th>from</th><th>payload</th></tr>
 * <tr><td>1</td><td>HELLO</td><td>both</td><td>JSON {@code {"magic":"unicache","protocol":1,"version":"0.1.0"}}</td></tr>
 * <tr><td>2</td><td>REQUEST</td><td>client</td><td>JSON {@code {"operation":"FIND","argument":…}}</td></tr>
 * <tr><td>3</td><td>REPLY</td><td>server</td><td>JSON: the result; ends the request</td></tr>
 * <tr><td>4</td><td>ERROR</td><td>server</td><td>JSON {@code {"kind":"MISSING","reason":null,"message":"…"}}; ends the request</td></tr>
 * <tr><td>5</td><td>PROGRESS</td><td>server</td><td>JSON {@code {"received":1,"total":2}}, total -1 if not known</td></tr>
 * <tr><td>6</td><td>ALIVE</td><td>server</td><td>empty: the operation goes on</td></tr>
 * <tr><td>7</td><td>BEGIN</td><td>server</td><td>u64 size of the file that follows in DATA</td></tr>
 * <tr><td>8</td><td>DATA</td><td>both</td><td>u64 offset, then bytes; ranges that are left out are zeros</td></tr>
 * <tr><td>9</td><td>END</td><td>client</td><td>u64 size: the stream that is to be stored is complete</td></tr>
 * <tr><td>10 to 13</td><td>LISTED, IDS, BLOCKS, FILE_PART</td><td>server</td><td>JSON: parts of a long result, see {@link
 * io.unicache.store.ipc.FrameType}</td></tr>
 * <tr><td>14</td><td>FINDING</td><td>server</td><td>JSON: something that a check has found</td></tr>
 * </table>
 *
 * <h2>Conversation</h2>
 *
 * The client says HELLO, the server answers HELLO. Frame layout and HELLO are the same in every
 * version of the protocol, so that programs of different versions can tell each other so: the
 * server answers a wrong protocol number with its own HELLO and an ERROR of kind VERSION, and hangs
 * up. Then the client sends one REQUEST after the other and reads until REPLY or ERROR. {@code
 * store} is followed by DATA in order and without gaps, and END; all other requests are a single
 * frame. A server that cannot take another client answers ERROR of kind BUSY instead of HELLO.
 *
 * <h2>Cancelling and time limits</h2>
 *
 * A client cancels its request by hanging up: the server sees it within a second, stores nothing of
 * a stream that did not reach END, stops a download and stops sending a file. While a request is
 * being worked on and nothing else is sent, ALIVE comes every 5 s; a client that hears nothing for
 * 30 s gives up. The server waits for a client without limit between frames, as a process that ends
 * closes its socket (and {@link io.unicache.store.ipc.ServiceServer#close} hangs up), but a frame
 * that has begun has to be complete in 30 s, and HELLO has to come in 10 s.
 *
 * <h2>Who may connect</h2>
 *
 * The socket's mode is 0600; beyond that the server asks the system who the peer is, and serves
 * only its own user and root.
 */
package io.unicache.store.ipc;
