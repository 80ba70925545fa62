using Sandboxes;
using Sandboxes.Examples;

var server = args.Length > 1 ? args[1] : "http://127.0.0.1:8080";
var connection = new SandboxClientOptions { ApiKey = Environment.GetEnvironmentVariable("SANDBOX_KEY") };
switch (args.FirstOrDefault())
{
    case "basic": await Basic.RunAsync(server, connection); break;
    case "shell": await Shell.RunAsync(server, connection); break;
    case "reconnect": await Reconnect.RunAsync(server, connection); break;
    case "parallel": await ParallelPrograms.RunAsync(server, connection); break;
    default: Console.Error.WriteLine("Say basic, shell, reconnect or parallel, and the server's address."); return 2;
}

return 0;
