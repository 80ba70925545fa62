using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Printing;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox rm</summary>
internal static class RemoveCommand
{
    public static Command Define()
    {
        var ids = new Argument<string[]>("id") { Description = "The sandboxes' ids.", Arity = ArgumentArity.OneOrMore };
        var json = JsonOption.New();
        var command = new Command("rm", "Deletes sandboxes, with their programs and files.") { ids, json };
        var server = ServerOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var deleted = new List<SandboxInfo>();
            var failed = false;
            foreach (var id in parsed.GetRequiredValue(ids).Distinct(StringComparer.Ordinal))
            {
                try
                {
                    var sandbox = await client.AttachAsync(id, server.Token(parsed), wake: false, cancellationToken);
                    deleted.Add(await sandbox.DeleteAsync(cancellationToken));
                    if (!parsed.GetValue(json)) Console.WriteLine(id);
                }
                catch (SandboxException e) when (e is NotFoundException or PermissionException or ConflictException)
                {
                    // The others can go all the same.
                    failed = true;
                    await Failure.PrintAsync(e, parsed.GetValue(json));
                }
            }

            if (parsed.GetValue(json)) Console.WriteLine(Json.Document(deleted));
            return failed ? ExitCodes.Failed : 0;
        });
        return command;
    }
}
