"""A Modbus RTU master played by pymodbus (Debian: python3-pymodbus, python3-serial-asyncio), over TCP, that works
through what a panel can do at address 5 and says what it got, one line each."""
import sys

from pymodbus.client import ModbusTcpClient
from pymodbus.transaction import ModbusRtuFramer

client = ModbusTcpClient("127.0.0.1", port=int(sys.argv[1]), framer=ModbusRtuFramer, timeout=1, retries=0)
assert client.connect()


def say(name, answer):
    got = getattr(answer, "registers", None) or getattr(answer, "exception_code", None) or type(answer).__name__
    print(name, got, flush=True)


say("write6", client.write_registers(0, [0x20, 0x20, 0x20, 0x30, 0x30, 0x31], slave=5))
say("read6", client.read_holding_registers(0, 6, slave=5))
say("write1", client.write_register(0, 0x2D, slave=5))
say("read1", client.read_holding_registers(0, 1, slave=5))
say("number", client.write_register(7, 123, slave=5))
say("readDigits", client.read_holding_registers(0, 6, slave=5))
say("beyond", client.read_holding_registers(4, 6, slave=5))
say("coil", client.write_coil(0, True, slave=5))
say("nobody", client.read_holding_registers(0, 1, slave=9))
say("again", client.read_holding_registers(7, 1, slave=5))
client.close()
