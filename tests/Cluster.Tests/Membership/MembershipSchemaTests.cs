using Npgsql;
using Sandbox.Cluster.Tests.Hosting;
using Sandbox.Silo.Cluster;
using Sandbox.Silo.Cluster.Membership;

namespace Sandbox.Cluster.Tests.Membership;

/// <summary>The members' tables in a real database.</summary>
public sealed class MembershipSchemaTests(PostgresServer postgres)
{
    private const int Deadline = 60_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Many_that_start_at_once_make_the_tables_once()
    {
        var database = await postgres.CreateDatabaseAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => MembershipSchema.EnsureAsync(database, Cancel)));
        await MembershipSchema.EnsureAsync(database, Cancel);
        Assert.Equal(10L, await CountAsync(database, "SELECT count(*) FROM OrleansQuery"));
    }

    [Fact(Timeout = Deadline)]
    public async Task What_somebody_else_has_put_there_stays()
    {
        var database = await postgres.CreateDatabaseAsync();
        await MembershipSchema.EnsureAsync(database, Cancel);
        await PostgresServer.RunAsync(database, "UPDATE OrleansQuery SET QueryText = 'theirs' WHERE QueryKey = 'GatewaysQueryKey'");
        await PostgresServer.RunAsync(database, "DELETE FROM OrleansQuery WHERE QueryKey = 'MembershipReadAllKey'");
        await MembershipSchema.EnsureAsync(database, Cancel);
        Assert.Equal(10L, await CountAsync(database, "SELECT count(*) FROM OrleansQuery"));
        Assert.Equal(1L, await CountAsync(database, "SELECT count(*) FROM OrleansQuery WHERE QueryText = 'theirs'"));
    }

    [Fact(Timeout = Deadline)]
    public async Task Who_may_only_use_the_tables_needs_no_right_to_make_them()
    {
        var database = await postgres.CreateDatabaseAsync();
        var name = new NpgsqlConnectionStringBuilder(database).Database!;
        await PostgresServer.RunAsync(database, $"CREATE ROLE {name}_user LOGIN PASSWORD 'right'");
        var asUser = postgres.ConnectionString(name, $"{name}_user", "right");
        var refused = await Assert.ThrowsAsync<ClusterException>(() => MembershipSchema.EnsureAsync(asUser, Cancel));
        Assert.Contains("must be able to create tables", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("right", refused.Message, StringComparison.Ordinal);

        await MembershipSchema.EnsureAsync(database, Cancel);
        await PostgresServer.RunAsync(database, $"GRANT SELECT ON OrleansQuery TO {name}_user");
        await MembershipSchema.EnsureAsync(asUser, Cancel);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_database_that_is_not_there_is_told_with_a_remedy()
    {
        var unreachable = await Assert.ThrowsAsync<ClusterException>(
            () => MembershipSchema.EnsureAsync("Host=127.0.0.1;Port=1;Username=u;Password=secret;Database=d;Timeout=5", Cancel));
        Assert.Contains("cannot be reached", unreachable.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", unreachable.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ClusterException>(() => MembershipSchema.EnsureAsync("no connection string", Cancel));
    }

    private static async Task<long> CountAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
