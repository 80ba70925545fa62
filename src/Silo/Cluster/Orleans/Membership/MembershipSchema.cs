using Npgsql;

namespace Sandbox.Silo.Cluster.Membership;

/// <summary>
/// The tables in which a cluster's silos list themselves, and the queries on them, as Orleans wants them in PostgreSQL. Made by whoever starts first: any
/// number may try at once, and where all is there nothing is asked for but reading.
/// </summary>
internal static class MembershipSchema
{
    /// <summary>Any number that nobody else locks by; the same for every version of this product.</summary>
    private const long Lock = 0x5A4D_424F_5853_0001;

    // Without an answer for so long a database is as good as away.
    private const int SecondsPerCommand = 15;

    private static readonly string[] _queries =
    [
        "UpdateIAmAlivetimeKey", "InsertMembershipVersionKey", "InsertMembershipKey", "UpdateMembershipKey", "MembershipReadRowKey", "MembershipReadAllKey",
        "DeleteMembershipTableEntriesKey", "GatewaysQueryKey", "CleanupDefunctSiloEntriesKey", "CleanupDefunctSiloEntryKey",
    ];

    /// <summary>Makes what is missing.</summary>
    /// <exception cref="ClusterException">The database cannot be reached, or does not allow it.</exception>
    public static async Task EnsureAsync(string connectionString, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
            if (await IsThereAsync(connection, cancellationToken)) return;
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await RunAsync(connection, $"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);
            if (!await IsThereAsync(connection, cancellationToken)) await RunAsync(connection, await ReadScriptAsync(), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException e)
        {
            throw new ClusterException(
                $"The database of Cluster:PostgreSql refuses ({e.SqlState}): {e.MessageText}. Its user must be able to create tables there once, and to change them.", e);
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException or TimeoutException or System.Net.Sockets.SocketException)
        {
            throw new ClusterException($"The database of Cluster:PostgreSql cannot be reached: {e.Message} Check that it runs, and the connection string.", e);
        }
    }

    private static async Task<bool> IsThereAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var tables = new NpgsqlCommand(
            "SELECT to_regclass('OrleansQuery') IS NOT NULL AND to_regclass('OrleansMembershipTable') IS NOT NULL", connection)
        { CommandTimeout = SecondsPerCommand };
        if (await tables.ExecuteScalarAsync(cancellationToken) is not true) return false;
        await using var queries = new NpgsqlCommand("SELECT count(*) FROM OrleansQuery WHERE QueryKey = ANY (@keys)", connection) { CommandTimeout = SecondsPerCommand };
        queries.Parameters.AddWithValue("keys", _queries);
        return await queries.ExecuteScalarAsync(cancellationToken) is long found && found == _queries.Length;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = SecondsPerCommand };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<string> ReadScriptAsync()
    {
        await using var stream = typeof(MembershipSchema).Assembly.GetManifestResourceStream("Sandbox.Silo.Cluster.membership.sql")
            ?? throw new InvalidOperationException("The build lacks its resource membership.sql.");
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
