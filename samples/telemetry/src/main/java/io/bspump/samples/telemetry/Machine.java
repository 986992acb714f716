package io.bspump.samples.telemetry;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.CentralProcessor.TickType;
import oshi.hardware.GlobalMemory;
import oshi.hardware.HWDiskStore;
import oshi.hardware.HardwareAbstractionLayer;
import oshi.hardware.NetworkIF;

/** The machine that this runs on. Reading its figures blocks. */
final class Machine {

    private final SystemInfo system = new SystemInfo();
    private final HardwareAbstractionLayer hardware = system.getHardware();
    private final String host = system.getOperatingSystem()
            .getNetworkParams()
            .getHostName()
            .replaceAll("[/+#{}\\s]", "_"); // it is a part of a topic

    String host() {
        return host;
    }

    /** Returns counters since the machine was started, in ticks and bytes, and what its memory is like, in bytes. */
    Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        CentralProcessor processor = hardware.getProcessor();
        long[] ticks = processor.getSystemCpuLoadTicks();
        long total = 0;
        for (long each : ticks) {
            total += each;
        }
        long idle = ticks[TickType.IDLE.getIndex()] + ticks[TickType.IOWAIT.getIndex()];
        figures.put("processor_busy", total - idle);
        figures.put("processor_total", total);
        GlobalMemory memory = hardware.getMemory();
        figures.put("memory_total", memory.getTotal());
        figures.put("memory_available", memory.getAvailable());
        figures.put("disk_read", disks(HWDiskStore::getReadBytes));
        figures.put("disk_written", disks(HWDiskStore::getWriteBytes));
        figures.put("network_received", networks(NetworkIF::getBytesRecv));
        figures.put("network_sent", networks(NetworkIF::getBytesSent));
        return figures;
    }

    private long disks(ToLongFunction<HWDiskStore> figure) {
        return hardware.getDiskStores().stream().mapToLong(figure).sum();
    }

    private long networks(ToLongFunction<NetworkIF> figure) {
        return hardware.getNetworkIFs().stream().mapToLong(figure).sum();
    }
}
