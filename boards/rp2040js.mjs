// Runs an RP2040 image with its USB serial port on standard input and output: node rp2040js.mjs IMAGE [READINGS]
//
// READINGS is a file of what the analogue converter reads, two bytes each, little endian; then it reads silence, and the
// program ends a fifth of a second later.
// Writes the line "ready" to standard error once the port is there, "reset" where the watchdog has started the chip anew,
// and what the board's UART 0 says. Ends with its standard input. The image is an ELF file, a UF2 file or raw flash.
// What firmware writes into the flash stays there over a reset, and is gone with the program. SIGUSR2 resets the chip.
// The environment may have EGGROLL_PINS: numbers of pins, such as 27. What they are driven to is then written, too, and first
// of all the serial number that the board tells over USB; and an FPGA is there, whose unit says what it is and no more.
import fs from 'node:fs';
import { ConsoleLogger, LogLevel, Simulator, USBCDC } from 'rp2040js';

const FLASH = 0x10000000;
const ELF = 0x464c457f;
const UF2 = 0x0a324655;
const LOAD = 1;
// What the flash answers to "read unique ID", as Winbond's chips do.
const UNIQUE = [0xe6, 0x61, 0x64, 0x08, 0x43, 0x0a, 0x9b, 0x2c];

// Bytes of the flash, of its sectors and of its pages, and the longest time that erasing and programming one takes, in
// nanoseconds (W25Q16JV data sheet, "AC Electrical Characteristics": tSE, tPP).
const CAPACITY = 2 << 20;
const SECTOR = { bytes: 4096, takes: 400e6 };
const PAGE = { bytes: 256, takes: 3e6 };

const [, , path, readings] = process.argv;
if (!path) {
  console.error('usage: node rp2040js.mjs IMAGE [READINGS]');
  process.exit(2);
}
const image = fs.readFileSync(path);
const pins = (process.env.EGGROLL_PINS ?? '').split(',').filter(Boolean).map(Number);

// A boot ROM of our own, in place of the chip's: its stack and entry, the tables that firmware looks functions up in
// (RP2040 Datasheet, 2.8.3), what start-up code needs of them, and those that change the flash (2.8.3.1.3). The image's
// second stage is where it starts.
const ROM = 0x20;
const [ERASE, PROGRAM] = [1, 2];
const romWords = (() => {
  const halves = new Uint16Array(0x80);
  const code = (at, ...instructions) => halves.set(instructions, at / 2);
  new Uint32Array(halves.buffer).set([0x20041000, 0x10000001]);
  // "Mu", 1, the version; then the tables of functions and data, and what searches them.
  code(0x10, 0x754d, 0x0301, 0x60, 0x80, ROM | 1);
  // Searches pairs of a code and an address: r0 is the table, r1 the code.
  code(ROM, 0x8802, 0x2a00, 0xd005, 0x428a, 0xd001, 0x3004, 0xe7f8, 0x8840, 0x4770, 0x2000, 0x4770);
  // Nothing to do: the flash can always be read here.
  code(0x36, 0x4770);
  // Copies r2 bytes from r1 to r0, word by word.
  code(0x38, 0x4684, 0x3a04, 0xd402, 0xc908, 0xc008, 0xe7fa, 0x4660, 0x4770);
  // Breakpoints, at which `changeFlash` does what these are to do.
  code(0x48, 0xbe00 | ERASE, 0x4770, 0xbe00 | PROGRAM, 0x4770);
  const name = (text) => text.charCodeAt(0) | (text.charCodeAt(1) << 8);
  const idle = ['IF', 'EX', 'FC', 'CX'].flatMap((text) => [name(text), 0x36 | 1]);
  code(0x60, ...idle, name('C4'), 0x38 | 1, name('RE'), 0x48 | 1, name('RP'), 0x4c | 1, 0);
  return new Uint32Array(halves.buffer);
})();

// What the host has sent and the board has not taken yet.
const waiting = [];
let board = null;
// What the flash held when the chip was reset.
let kept = null;

function load(chip) {
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

// The flash's own answers, behind the controller that the emulator has.
function answerAsFlash(chip) {
  const [CONTROL, ENABLE, DATA] = [0x00, 0x08, 0x60];
  const RECEIVE_ALONE = 3 << 8;
  const ssi = chip.peripherals[0x18000];
  const [read, write] = [ssi.readUint32.bind(ssi), ssi.writeUint32.bind(ssi)];
  let answer = [];
  ssi.writeUint32 = (offset, value) => {
    if (offset === ENABLE) answer = [];
    // Four bytes of nothing before the number.
    const asked = offset === DATA && (value & 0xff) === 0x4b && (read(CONTROL) & RECEIVE_ALONE) === RECEIVE_ALONE;
    if (asked) answer = [0, 0, 0, 0, ...UNIQUE];
    write(offset, value);
  };
  ssi.readUint32 = (offset) => (offset === DATA && answer.length > 0 ? answer.shift() : read(offset));
  // The cache's controller, which the emulator lacks: it has nothing to do, and nothing is under way.
  chip.peripherals[0x14000] = { readUint32: () => 0, writeUint32Atomic: () => {} };
}

// Erases sectors and programs pages, as NOR flash does: the ones of an erased sector become zeros and nothing else. The
// core stands still meanwhile. The chip's flash cannot be read then: neither by who waits for that, nor by interrupts, nor
// for what is to be programmed. What else might read it before it can be read again is not seen here.
function changeFlash(simulator, chip) {
  const [END_OF_ROM, RAM] = [0x4000, 0x20000000];
  simulator.rp2040.onBreak = (what) => {
    const { core, flash } = chip;
    if (core.PC >= END_OF_ROM) return;
    const [at, second, third] = core.registers;
    const [count, unit] = what === ERASE ? [second, SECTOR] : [third, PAGE];
    const refusals = [
      [at % unit.bytes !== 0 || count % unit.bytes !== 0, `not whole units of ${unit.bytes}`],
      [at + count > CAPACITY, `beyond its ${CAPACITY}`],
      [core.LR < RAM || (what === PROGRAM && second < RAM), 'the caller or the data are in the flash'],
      [!core.PM, 'interrupts are on'],
    ];
    const refused = refusals.find(([holds]) => holds);
    if (refused) {
      const doing = what === ERASE ? 'erase' : 'program';
      process.stderr.write(`flash: it does not ${doing} ${count} bytes at ${at}: ${refused[1]}\n`);
      return;
    }
    if (what === ERASE) flash.fill(0xff, at, at + count);
    else for (let place = 0; place < count; place += 1) flash[at + place] &= chip.readUint8(second + place);
    simulator.clock.tick((count / unit.bytes) * unit.takes);
  };
}

function playReadings(chip) {
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

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const words = (...values) => [...new Uint8Array(Uint32Array.from(values).buffer)];

// The unit of hdl/, as far as its first four registers go: 8 lanes, 8 ranks, 4 streams, 256 inputs and outputs, 128 KB.
function unit(chip) {
  const [SELECT, READ, HEADER] = [1, 1, 12];
  const registers = words(0x31524745, 0x04080801, 0x01000100, 0x20000);
  const [status, at] = [0xa0, new Uint8Array(4)];
  let taken = [];
  let answer = [];
  chip.gpio[SELECT].addListener(() => {
    [taken, answer] = [[], []];
  });
  chip.spi[0].onTransmit = (byte) => {
    taken.push(byte);
    const sent = answer.shift() ?? 0;
    if (taken.length === HEADER && taken[0] === READ) {
      at.set(taken.slice(4, 8));
      const from = new DataView(at.buffer).getUint32(0, true);
      const data = registers.concat(Array(64).fill(0)).slice(from, from + taken[2]);
      answer = [0, status, ...data, ...words(crc32([status, ...data]))];
    }
    chip.spi[0].completeTransmit(sent);
  };
}

// Says what pins are driven to, and when, in nanoseconds. An FPGA that is configured lets go of its CDONE, 26, a while
// after its CRESET, 27, has become high.
function watchPins(simulator, chip) {
  const [RESET, DONE, CONFIGURED] = [27, 26, 5e6];
  if (pins.length > 0) unit(chip);
  for (const pin of pins) {
    chip.gpio[pin].addListener((state) => {
      const level = ['low', 'high', 'released', 'released', 'released'][state];
      process.stderr.write(`pin ${pin} ${level} ${Math.round(simulator.clock.nanos)}\n`);
      if (pin !== RESET) return;
      chip.gpio[DONE].setInputValue(false);
      if (level !== 'high') return;
      const alarm = simulator.clock.createAlarm(() => chip.gpio[DONE].setInputValue(true));
      alarm.schedule(CONFIGURED);
    });
  }
}

// Once the port is there: the third string of the device (USB 2.0, 9.4.3), in UTF-16.
function askForSerialNumber(usb) {
  const [STRING, LONGEST] = [3, 64];
  const others = usb.onEndpointWrite;
  usb.onEndpointWrite = (endpoint, bytes) => {
    if (endpoint === 0 && bytes.length > 2 && bytes[1] === STRING) {
      usb.onEndpointWrite = others;
      process.stderr.write(`serial ${Buffer.from(bytes.slice(2)).toString('utf16le')}\nready\n`);
    } else if (endpoint !== 0) {
      others(endpoint, bytes);
    }
  };
  const request = [0x80, 6, 3, STRING, 0x09, 0x04, LONGEST, 0];
  // When it has acknowledged what came before.
  setTimeout(() => usb.sendSetupPacket(Uint8Array.from(request)), 20);
}

// Beside RAM the emulator reads and writes nowhere, with a warning, where the chip's bus has a fault (HardFault,
// exception 3). A fault within that, pushing its frame apart, locks the core up.
function faults(chip) {
  let faulted = false;
  const logger = new ConsoleLogger(LogLevel.Error);
  const nowhere = ['Write to undefined address', 'Read from invalid memory'];
  const warn = logger.warn.bind(logger);
  logger.warn = (component, text) => {
    const beside = nowhere.some((start) => text.startsWith(start)) && / (1f|2)[0-9a-f]+$/.test(text);
    faulted ||= beside && text.match(/[0-9a-f]+$/)[0].length === 8;
    warn(component, text);
  };
  chip.logger = logger;
  const { core } = chip;
  return {
    lockedUp: false,
    look() {
      if (!faulted) return;
      if (core.IPSR === 3) {
        this.lockedUp = true;
      } else {
        core.exceptionEntry(3);
      }
      faulted = false;
    },
  };
}

function start() {
  const simulator = new Simulator();
  const chip = simulator.rp2040;
  // Before the flash.
  chip.loadBootrom(romWords);
  const fault = faults(chip);
  if (kept) chip.flash.set(kept);
  else load(chip);
  kept = chip.flash;
  changeFlash(simulator, chip);
  answerAsFlash(chip);
  chip.uart[0].onByte = (byte) => process.stderr.write(Buffer.from([byte]));
  if (readings) playReadings(chip);
  watchPins(simulator, chip);

  const port = new USBCDC(chip.usbCtrl);
  const self = { simulator, chip, fault, port, connected: false, pending: null, reset: false };
  port.onSerialData = (bytes) => {
    if (bytes.length > 0 && board === self) process.stdout.write(Buffer.from(bytes));
  };
  port.onDeviceConnected = () => {
    self.connected = true;
    if (pins.length > 0) askForSerialNumber(chip.usbCtrl);
    else process.stderr.write('ready\n');
  };
  // Whoever asks for a reset runs on to the end of its instruction. The alarm of a watchdog that was not fed would come
  // again at once, for ever, as its counter stays 0.
  const watchdog = chip.peripherals[0x40058];
  watchdog.onWatchdogTrigger = () => {
    self.reset = true;
    watchdog.timer.enable = false;
  };

  // The emulator completes an OUT transfer at once, empty, and takes its AVAILABLE bit back. The chip waits for data,
  // and firmware relies on it: keep the bit, and complete the transfer when there is something to deliver.
  const AVAILABLE = 1 << 10;
  const control = (endpoint) => 0x84 + endpoint * 8;
  const usb = chip.usbCtrl;
  const memory = chip.usbDPRAMView;
  usb.onEndpointRead = (endpoint, size) => {
    if (endpoint !== port.outEndpoint) return;
    memory.setUint32(control(endpoint), memory.getUint32(control(endpoint), true) | AVAILABLE, true);
    self.pending = { endpoint, size };
    deliver();
  };
  const finishRead = usb.finishRead.bind(usb);
  usb.finishRead = (endpoint, bytes) => {
    memory.setUint32(control(endpoint), memory.getUint32(control(endpoint), true) & ~AVAILABLE, true);
    finishRead(endpoint, bytes);
  };
  chip.core.PC = FLASH;
  board = self;
}

function deliver() {
  if (!board?.connected || !board.pending || waiting.length === 0) return;
  const { endpoint, size } = board.pending;
  board.pending = null;
  board.chip.usbCtrl.endpointReadDone(endpoint, Uint8Array.from(waiting.splice(0, size)));
}

process.on('SIGUSR2', () => {
  board.reset = true;
});
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
  const { simulator, chip, fault } = board;
  const { clock } = simulator;
  deliver();
  for (let left = AT_ONCE; left > 0 && !board.reset; left -= 1) {
    if (fault.lockedUp) {
      clock.tick(clock.nanosToNextAlarm);
    } else if (chip.core.waiting) {
      clock.tick(clock.nanosToNextAlarm);
      if (chip.core.waiting) break;
    } else {
      clock.tick(chip.core.executeInstruction() * NANOSECONDS);
      fault.look();
    }
  }
  if (board.reset) {
    // Its RAM is as at the first start: the chip would keep it, and no firmware of this project reads it.
    process.stderr.write('reset\n');
    waiting.length = 0;
    start();
  }
  if (board.chip.core.waiting && board.connected) setTimeout(step, 1);
  else setImmediate(step);
}

start();
step();
