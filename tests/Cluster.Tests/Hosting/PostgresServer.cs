using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Npgsql;
using Sandbox.Silo.Cluster;

namespace Sandbox.Cluster.Tests.Hosting;

/// <summary>A real PostgreSQL server of Debian's package, as a user that is not root, on the loopback, with a directory that goes with it.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string Programs = "/usr/lib/postgresql/15/bin";
    private const string User = "postgres";
    private const int QuickStop = 2; // SIGINT: ends connections, and itself
    private static readonly TimeSpan s_startsWithin = TimeSpan.FromSeconds(60);

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"sandbox-postgres-{Guid.NewGuid():n}"[..32]);
    private readonly string _password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private Process? _server;
    private int _databases;

    /// <summary>The port.</summary>
    public int Port { get; } = ClusterJoin.FreePort(IPAddress.Loopback);

    /// <summary>A new and empty database.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"cluster{Interlocked.Increment(ref _databases)}";
        await RunAsync(ConnectionString("postgres"), $"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    /// <summary>Runs a statement.</summary>
    public static async Task RunAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Makes a connection string. Without a pool, so that nothing is left of a test when it ends.</summary>
    public string ConnectionString(string database, string user = User, string? password = null) =>
        $"Host=127.0.0.1;Port={Port};Username={user};Password={password ?? _password};Database={database};Maximum Pool Size=5;Timeout=15";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_directory);
        var passwordFile = Path.Combine(_directory, "password");
        await File.WriteAllTextAsync(passwordFile, _password);
        await RunToEndAsync("chown", "-R", User, _directory);
        await RunToEndAsync("chmod", "0700", _directory);
        await RunToEndAsync(
            "setpriv", [.. AsUser, $"{Programs}/initdb", "-D", $"{_directory}/data", "-U", User, $"--pwfile={passwordFile}", "--auth=scram-sha-256", "--no-sync", "--locale=C", "--encoding=UTF8"]);
        _server = Start(
            "setpriv",
            [.. AsUser, $"{Programs}/postgres", "-D", $"{_directory}/data", "-p", $"{Port}", "-k", _directory, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
                "-c", "shared_buffers=16MB", "-c", "max_connections=100"]);
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await RunAsync(ConnectionString("postgres"), "SELECT 1");
                return;
            }
            catch (NpgsqlException) when (!_server.HasExited && TimeProvider.System.GetElapsedTime(began) < s_startsWithin)
            {
                // It is still starting.
                await Task.Delay(50);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
        {
            if (!_server.HasExited) await RunToEndAsync("kill", $"-{QuickStop}", $"{_server.Id}");
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static string[] AsUser => ["--reuid", User, "--regid", User, "--clear-groups"];

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private static async Task RunToEndAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {said}");
    }
}
