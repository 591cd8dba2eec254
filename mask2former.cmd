@echo off
rem Starts Mask2Former on Windows. In a checkout it builds the program on first use; see docs\install.md.
rem   JAVA_HOME       which Java to use (17 or newer); else the one in PATH
rem   M2F_GPU=1       use libtorch for CUDA
rem   M2F_JAVA_OPTS   further options for the JVM
setlocal
set "here=%~dp0"

set "java=java.exe"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java.exe"
set "major="
for /f "tokens=3" %%v in ('""%java%" -version 2^>^&1" ^| findstr /c:" version "') do (
  for /f "tokens=1 delims=.-+" %%m in ("%%~v") do set "major=%%m"
)
if not defined major (
  echo mask2former: Java 17 or newer is needed, none was found; install one ^(https://adoptium.net^) or point JAVA_HOME at it 1>&2
  exit /b 1
)
if %major% LSS 17 (
  echo mask2former: Java 17 or newer is needed, but "%java%" is version %major%; point JAVA_HOME at a newer one 1>&2
  exit /b 1
)

set "lib=%here%lib"
if not exist "%here%mvnw.cmd" goto start

set "suffix="
set "profile="
if defined M2F_GPU if not "%M2F_GPU%"=="0" (
  set "suffix=-gpu"
  set "profile=-Pgpu"
)
set "lib=%here%cli\target\dist%suffix%\mask2former\lib"
if exist "%lib%\mask2former-cli.jar" goto start
echo mask2former: building on first use; libraries are downloaded once, which takes some minutes 1>&2
if not exist "%here%cli\target" mkdir "%here%cli\target"
pushd "%here%"
call mvnw.cmd -q -B -ntp -DskipTests %profile% -pl cli -am package > "%here%cli\target\build.log" 2>&1
if errorlevel 1 (
  popd
  echo mask2former: the build failed; all it said is in %here%cli\target\build.log 1>&2
  exit /b 1
)
popd

:start
if not exist "%lib%\mask2former-cli.jar" (
  echo mask2former: %lib%\mask2former-cli.jar is missing; unpack the distribution again 1>&2
  exit /b 1
)
"%java%" -XX:+UseSerialGC -Xms48m -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 %M2F_JAVA_OPTS% -jar "%lib%\mask2former-cli.jar" %*
exit /b %ERRORLEVEL%
