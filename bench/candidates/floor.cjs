/**
 * The floor: the same job by the shortest honest script. A line of text from a serial port becomes a message at QoS 1;
 * nothing is kept, nothing is watched. CommonJS, as both packages are: Node loads them leaner that way.
 *
 *     node floor.cjs PORT_PATH BROKER_PORT TOPIC
 */
const mqtt = require('mqtt');
const { ReadlineParser, SerialPort } = require('serialport');

const [path, brokerPort, topic] = process.argv.slice(2);
const hub = mqtt.connect(`mqtt://127.0.0.1:${brokerPort}`);
hub.on('error', (error) => process.stderr.write(`${error.message}\n`));

const keypad = new SerialPort({ path, baudRate: 9600 });
keypad.on('error', (error) => process.stderr.write(`${error.message}\n`));
keypad.pipe(new ReadlineParser()).on('data', (line) => {
  const [kind, window, level] = line.split(',');
  if (kind === 'E' && level !== undefined) hub.publish(topic, JSON.stringify({ window, level }), { qos: 1 });
});
