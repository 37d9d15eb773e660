"""A numeric panel played by pymodbus (Debian: python3-pymodbus, python3-serial-asyncio): address 5, eight registers,
Modbus RTU frames over TCP. Says its port, then each change of what its six digits show, one line each."""
import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import ModbusTcpServer
from pymodbus.transaction import ModbusRtuFramer


class Digits(ModbusSequentialDataBlock):
    def setValues(self, address, values):
        super().setValues(address, values)
        print("shows", "".join(chr(value) for value in self.values[0:6]).replace(" ", "_"), flush=True)


async def main():
    registers = Digits(0, [0x38] * 6 + [0, 0])
    slave = ModbusSlaveContext(hr=registers, zero_mode=True)
    context = ModbusServerContext(slaves={5: slave}, single=False)
    server = ModbusTcpServer(context, framer=ModbusRtuFramer, address=("127.0.0.1", 0), ignore_missing_slaves=True)
    serving = asyncio.ensure_future(server.serve_forever())
    while server.server is None:
        await asyncio.sleep(0.01)
    print("port", server.server.sockets[0].getsockname()[1], flush=True)
    # Ends with the test that started it, however that ends.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    serving.cancel()


asyncio.run(main())
