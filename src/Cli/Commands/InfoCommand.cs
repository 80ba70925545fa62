using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Printing;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox info</summary>
internal static class InfoCommand
{
    public static Command Define()
    {
        var id = new Argument<string>("id") { Description = "The sandbox's id." };
        var json = JsonOption.New();
        var command = new Command("info", "Tells about a sandbox: what it is, what it uses, and its processes.") { id, json };
        var server = ServerOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var sandbox = await client.AttachAsync(parsed.GetRequiredValue(id), server.Token(parsed), wake: false, cancellationToken);

            // One that has ended has neither, one that sleeps uses nothing.
            var lives = sandbox.Info.Status is SandboxStatus.Running or SandboxStatus.Paused;
            var stats = lives ? await sandbox.GetStatsAsync(cancellationToken) : null;
            var processes = lives || sandbox.Info.Status is SandboxStatus.Suspended ? await sandbox.ListProcessesAsync(cancellationToken) : [];
            Console.WriteLine(parsed.GetValue(json)
                ? Json.Document(new { sandbox = sandbox.Info, stats, processes })
                : string.Join('\n', Lines(sandbox.Info, stats, processes)));
            return 0;
        });
        return command;
    }

    private static IEnumerable<string> Lines(SandboxInfo sandbox, SandboxStats? stats, IReadOnlyList<ProcessInfo> processes)
    {
        yield return $"id         {sandbox.Id}";
        yield return $"status     {Words.Of(sandbox.Status)}{(sandbox.Reason is null ? "" : $": {Printable.Text(sandbox.Reason)}")}";
        yield return sandbox.Snapshot is { } snapshot ? $"snapshot   {snapshot}" : $"template   {Printable.Text(sandbox.Template)}";
        yield return $"user       {Words.Of(sandbox.User)}, in {Printable.Text(sandbox.Cwd)}";
        yield return $"created    {sandbox.Created:u}{(sandbox.Expires is { } expires ? $", ends {expires:u} at the latest" : "")}";
        yield return sandbox.IdleTimeout is { } idle
            ? $"idle       {Words.Of(sandbox.OnIdle)} after {idle.TotalSeconds} s without use"
            : "idle       kept alive";
        if (sandbox.CheckpointInterval is { } every) yield return $"checkpoint every {every.TotalSeconds} s while it is in use";
        if (sandbox.KeepCheckpoints is { } kept) yield return $"keeps      {kept} checkpoint{(kept == 1 ? "" : "s")} without a label";
        if (sandbox.KeepFiles) yield return "keeps      its files beside its checkpoints";
        foreach (var (name, value) in sandbox.Labels) yield return $"label      {Printable.Text($"{name}={value}")}";
        if (stats is not null)
        {
            yield return $"memory     {ByteSize.Format(stats.MemoryBytes)} of {ByteSize.Format(stats.MemoryLimitBytes)}";
            yield return $"disk       {ByteSize.Format(stats.DiskBytes)} of {ByteSize.Format(stats.DiskLimitBytes)}";
            yield return $"cpu        {(stats.CpuSeconds is { } cpu ? $"{cpu:0.##} s" : "?")} in {stats.Uptime.TotalSeconds:0} s";
        }

        if (processes.Count == 0) yield break;
        var table = new Table("PROCESS", "PID", "STATUS", "STARTED", "PROGRAM");
        foreach (var process in processes)
        {
            table.Add(
                process.Id, $"{process.Pid}", process.Exit is { } exit ? Words.Of(exit) : Words.Of(process.Status), $"{process.Started:u}",
                Printable.Arguments(process.Argv));
        }

        yield return "";
        yield return table.ToString();
    }
}
