using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Gvisor;

public sealed class GvisorFilesystemTests(GuestBinaries binaries)
{
    [Fact(Timeout = 60_000)]
    public async Task Programs_see_their_own_root_and_what_belongs_into_it()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(Start.Shell(
            """
            set -e
            stat -c '%n %a %F' /tmp /dev/shm /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/fd
            awk '{ print $2, $3 }' /proc/mounts
            hostname
            echo x > /tmp/x; cat /tmp/x
            """));
        Assert.True(exit.Code == 0, program.Stderr);
        Assert.Equal(
            """
            /tmp 1777 directory
            /dev/shm 1777 directory
            /dev/null 666 character special file
            /dev/zero 666 character special file
            /dev/full 666 character special file
            /dev/random 666 character special file
            /dev/urandom 666 character special file
            /dev/tty 666 character special file
            /dev/fd 777 symbolic link
            / overlay
            /dev tmpfs
            /dev/pts devpts
            /dev/shm tmpfs
            /run/sandbox tmpfs
            /run/sandbox/hooks.d tmpfs
            /proc proc
            /proc/sys proc
            box
            x

            """, program.Stdout, ignoreLineEndingDifferences: true);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_disk_is_full_at_its_size_and_shared_memory_is_part_of_it()
    {
        await using var agent = await RunscAgent.StartAsync(binaries, new Configuration { DiskBytes = 16 << 20 });
        var (_, program) = await agent.RunAsync(Start.Python(
            """
            import os
            def fill(path):
                try:
                    with open(path, 'wb', buffering=0) as f:
                        while True: f.write(b'x' * 65536)
                except OSError as e:
                    return e.errno, os.stat(path).st_size
            print(fill('/tmp/full'))
            print(fill('/dev/shm/full'))
            os.remove('/tmp/full')
            print(fill('/dev/shm/full'))
            """));
        var lines = program.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.InRange(Size(lines[0]), 15 << 20, 16 << 20);
        Assert.Equal(0, Size(lines[1]));
        Assert.InRange(Size(lines[2]), 15 << 20, 16 << 20);
        Assert.All(lines, line => Assert.StartsWith("(28, ", line));
    }

    [Fact(Timeout = 60_000)]
    public async Task Layers_stay_as_they_are_and_what_is_deleted_is_gone()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(
            Start.Shell("rm /attacks/attack && rmdir /attacks && test ! -e /attacks && echo x > /etc/hostname && cat /etc/hostname") with { User = 0, Directory = "/" });
        Assert.True(exit.Code == 0, program.Stderr);
        Assert.True(File.Exists(Path.Combine(binaries.Attacks, "attacks", "attack")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_user_can_open_terminals_and_shared_memory_and_loopback_sockets()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(Start.Python(
            """
            import multiprocessing.shared_memory, os, pty, socket
            master, slave = pty.openpty()
            os.write(slave, b'terminal'); print(os.read(master, 8).decode())
            memory = multiprocessing.shared_memory.SharedMemory(create=True, size=4096); memory.close(); memory.unlink()
            server = socket.create_server(('127.0.0.1', 0))
            client = socket.create_connection(server.getsockname()); client.sendall(b'loopback')
            print(server.accept()[0].recv(8).decode())
            """));
        Assert.True(exit.Code == 0, program.Stderr);
        Assert.Equal("terminal\nloopback\n", program.Stdout);
    }

    private static int Size(string line) => int.Parse(line.TrimEnd(')').Split(", ")[1], System.Globalization.CultureInfo.InvariantCulture);
}
