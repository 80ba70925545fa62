using System.Net;
using System.Net.Sockets;

namespace Sandbox.Engine.Tests.Hosting;

/// <summary>Ports on loopback that nobody listens on, for the engine that needs some, so that suites can run side by side.</summary>
internal static class Ports
{
    public static (int Silo, int Gateway) Free()
    {
        // Both are held until both are known, so that they differ.
        using var silo = Listen();
        using var gateway = Listen();
        return (Port(silo), Port(gateway));
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;
}
