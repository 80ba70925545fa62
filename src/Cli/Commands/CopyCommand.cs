using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Files;
using Sandboxes.Cli.Printing;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox cp</summary>
internal static class CopyCommand
{
    public static Command Define()
    {
        var from = new Argument<string>("from") { Description = "What: ID:PATH in a sandbox, or a path here." };
        var to = new Argument<string>("to") { Description = "Where to, likewise. An existing directory gets it under its own name." };
        var command = new Command("cp", "Copies a file or directory into a sandbox or out of one: sandbox cp notes.txt ID:work/")
        {
            from,
            to,
            new Option<bool>("--recursive", "-r") { Description = "Nothing more: directories are copied whole anyway." },
        };
        var server = ServerOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (source, target) = (CopyPlace.Parse(parsed.GetRequiredValue(from)), CopyPlace.Parse(parsed.GetRequiredValue(to)));
            if ((source.SandboxId is null) == (target.SandboxId is null)) throw new UsageException("One of the two is in a sandbox: ID:PATH.");
            var id = source.SandboxId ?? target.SandboxId!;
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var sandbox = await client.AttachAsync(id, server.Token(parsed), wake: true, cancellationToken);
            if (target.SandboxId is not null)
            {
                await SendAsync(sandbox, source.Path, target.Under(sandbox.Info.Cwd), cancellationToken);
            }
            else
            {
                await FetchAsync(sandbox, source.Under(sandbox.Info.Cwd), target.Path, cancellationToken);
            }

            return 0;
        });
        return command;
    }

    private static async Task SendAsync(Sandbox sandbox, string path, string target, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (await IsDirectoryAsync(sandbox, target, cancellationToken)) target = $"{target.TrimEnd('/')}/{name}";
        using var bar = new ProgressBar(name);
        if (File.Exists(path))
        {
            await using var file = File.OpenRead(path);
            var mode = Convert.ToString((int)File.GetUnixFileMode(file.SafeFileHandle) & 0x1ff, 8);
            await sandbox.Files.WriteAsync(target, file, new FileWriteOptions { Mode = mode, Progress = bar.Show }, cancellationToken);
            return;
        }

        if (!Directory.Exists(path)) throw new UsageException($"There is no file or directory '{path}'.");
        await sandbox.Files.UploadDirectoryAsync(path, target, new FileWriteOptions { Progress = bar.Show }, cancellationToken);
    }

    private static async Task FetchAsync(Sandbox sandbox, string path, string target, CancellationToken cancellationToken)
    {
        var entry = await sandbox.Files.StatAsync(path, cancellationToken: cancellationToken);
        var name = Path.GetFileName(path.TrimEnd('/'));
        if (Directory.Exists(target)) target = Path.Combine(target, name.Length > 0 ? name : "root");
        using var bar = new ProgressBar(name);
        if (entry.Type is not "directory")
        {
            var part = $"{target}.{Guid.NewGuid():n}.part";
            try
            {
                await using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
                {
                    await foreach (var piece in sandbox.Files.ReadAsync(path, new FileReadOptions { Progress = bar.Show }, cancellationToken))
                        await file.WriteAsync(piece, cancellationToken);
                    File.SetUnixFileMode(file.SafeFileHandle, (UnixFileMode)(Convert.ToInt32(entry.Mode, 8) & 0x1ff));
                }

                File.Move(part, target, overwrite: true);
            }
            finally
            {
                File.Delete(part);
            }

            return;
        }

        foreach (var link in await sandbox.Files.DownloadDirectoryAsync(path, target, new FileReadOptions { Progress = bar.Show }, cancellationToken))
            await Console.Error.WriteLineAsync($"sandbox: left out a link that leads out of the directory: {Printable.Text(link)}");
    }

    private static async Task<bool> IsDirectoryAsync(Sandbox sandbox, string path, CancellationToken cancellationToken)
    {
        try
        {
            return (await sandbox.Files.StatAsync(path, cancellationToken: cancellationToken)).Type is "directory";
        }
        catch (NotFoundException e) when (e.File is "no_such_file")
        {
            return false;
        }
    }
}
