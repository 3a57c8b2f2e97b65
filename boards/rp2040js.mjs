// Runs an RP2040 image with its USB serial port on standard input and output: node rp2040js.mjs IMAGE [READINGS]
//
// READINGS is a file of what the analogue converter reads, two bytes each, little endian; then it reads silence, and the
// program ends a fifth of a second later.
// Writes the line "ready" to standard error once the port is there, and what the board's UART 0 says. Ends with its
// standard input. The image is an ELF file, a UF2 file or raw flash.
import fs from 'node:fs';
import { ConsoleLogger, LogLevel, Simulator, USBCDC } from 'rp2040js';

const FLASH = 0x10000000;
const ELF = 0x464c457f;
const UF2 = 0x0a324655;
const LOAD = 1;

const [, , path, readings] = process.argv;
if (!path) {
  console.error('usage: node rp2040js.mjs IMAGE [READINGS]');
  process.exit(2);
}

const simulator = new Simulator();
const chip = simulator.rp2040;
// No boot ROM, only where its stack and entry are: the image's second stage starts directly. Before the flash.
chip.loadBootrom(new Uint32Array([0x20041000, 0x10000001]));
chip.logger = new ConsoleLogger(LogLevel.Error);

function load(image) {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const word = (at) => view.getUint32(at, true);
  const half = (at) => view.getUint16(at, true);
  const put = (from, length, address) => chip.flash.set(image.subarray(from, from + length), address - FLASH);
  if (word(0) === ELF) {
    const [headers, size, count] = [word(28), half(42), half(44)];
    for (let header = headers; header < headers + count * size; header += size) {
      const [kind, from, address, length] = [word(header), word(header + 4), word(header + 12), word(header + 16)];
      if (kind === LOAD && length > 0) put(from, length, address);
    }
  } else if (word(0) === UF2) {
    for (let block = 0; block < image.length; block += 512) put(block + 32, word(block + 16), word(block + 12));
  } else {
    put(0, image.length, FLASH);
  }
}

load(fs.readFileSync(path));
chip.uart[0].onByte = (byte) => process.stderr.write(Buffer.from([byte]));

if (readings) {
  const [values, silence, rest] = [fs.readFileSync(readings), 2048, 3200];
  const convert = chip.adc.onADCRead;
  let at = 0;
  chip.adc.onADCRead = (channel) => {
    chip.adc.channelValues[channel] = at + 1 < values.length ? values.readUInt16LE(at) : silence;
    at += 2;
    if (at > values.length + 2 * rest) process.exit(0);
    convert(channel);
  };
}

const port = new USBCDC(chip.usbCtrl);
const waiting = [];
let connected = false;
port.onSerialData = (bytes) => {
  if (bytes.length > 0) process.stdout.write(Buffer.from(bytes));
};
port.onDeviceConnected = () => {
  connected = true;
  process.stderr.write('ready\n');
};

// The emulator completes an OUT transfer at once, empty, and takes its AVAILABLE bit back. The chip waits for data,
// and firmware relies on it: keep the bit, and complete the transfer when there is something to deliver.
const AVAILABLE = 1 << 10;
const control = (endpoint) => 0x84 + endpoint * 8;
const usb = chip.usbCtrl;
const memory = chip.usbDPRAMView;
let pending = null;

function deliver() {
  if (!connected || !pending || waiting.length === 0) return;
  const { endpoint, size } = pending;
  pending = null;
  usb.endpointReadDone(endpoint, Uint8Array.from(waiting.splice(0, size)));
}

usb.onEndpointRead = (endpoint, size) => {
  if (endpoint !== port.outEndpoint) return;
  memory.setUint32(control(endpoint), memory.getUint32(control(endpoint), true) | AVAILABLE, true);
  pending = { endpoint, size };
  deliver();
};

const finishRead = usb.finishRead.bind(usb);
usb.finishRead = (endpoint, bytes) => {
  memory.setUint32(control(endpoint), memory.getUint32(control(endpoint), true) & ~AVAILABLE, true);
  finishRead(endpoint, bytes);
};

process.stdin.on('data', (bytes) => {
  for (const byte of bytes) waiting.push(byte);
  deliver();
});
process.stdin.on('end', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));

// The package's own loop hears of nothing for a million instructions, and keeps a core of this machine busy while
// the chip sleeps.
const AT_ONCE = 20000;
const NANOSECONDS = 1e9 / 125e6;

function step() {
  const { clock } = simulator;
  deliver();
  for (let left = AT_ONCE; left > 0; left -= 1) {
    if (chip.core.waiting) {
      clock.tick(clock.nanosToNextAlarm);
      if (chip.core.waiting) break;
    } else {
      clock.tick(chip.core.executeInstruction() * NANOSECONDS);
    }
  }
  if (chip.core.waiting && connected) setTimeout(step, 1);
  else setImmediate(step);
}

chip.core.PC = FLASH;
step();
