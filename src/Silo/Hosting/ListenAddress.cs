using System.Net;
using System.Net.Sockets;
using Sandbox.Gateway.Access;

namespace Sandbox.Silo.Hosting;

/// <summary>Where the server listens: anywhere once it knows who may connect, and on the loopback alone before.</summary>
internal static class ListenAddress
{
    /// <summary>The address of the setting.</summary>
    /// <exception cref="ListenException">It is none, or others could reach a server that asks nobody who they are.</exception>
    public static IPAddress Of(string setting, AccessOptions access)
    {
        if (!IPAddress.TryParse(setting, out var address))
            throw new ListenException($"'{setting}' is no IP address: give --listen one of this machine's, such as 127.0.0.1 or 0.0.0.0.");
        if (access.RequiresLoopback && !IPAddress.IsLoopback(address))
        {
            throw new ListenException(
                $"Listening on {address} would let everybody who reaches this machine run code on it: configure a key first (`key new OWNER` makes one), or listen on 127.0.0.1.");
        }

        return address;
    }

    /// <summary>Looks before anything is started, since what has begun by then would have to be ended again, with much noise.</summary>
    /// <exception cref="ListenException">Another program listens there.</exception>
    public static void CheckFree(IPAddress address, int port)
    {
        using var probe = new TcpListener(address, port);
        try
        {
            probe.Start();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new ListenException($"Another program listens on port {port} of {address}: end it, or choose another --port.");
        }
    }
}
